/**
 * Load, the client's side: a process of its own that opens connections, counts what comes and times round trips.
 *
 * Told over IPC, one order at a time, each answered when it is done:
 *   connect { url, count, atOnce, isParsing }  opens and logs in, one after the other or some at once; resolves when READY
 *                                 has come on each. Payloads are made of messages if `isParsing`; otherwise they are only counted
 *   receive { frames, skip }      resolves when so many more frames have come on every connection but the first `skip`:
 *                                 { ms } from the first bytes to the last
 *   ping { count }                round trips on the first connection, one after the other: { micros }
 *   play { url, frames }         opens, logs in, takes so many frames after READY and leaves: { ms } from IDENTIFY on
 *   closed {}                     resolves when the other side has closed every connection
 */
import process from 'node:process';
import { loginTraffic } from '../traffic.mjs';
import { FrameCounter, maskedText, PayloadCounter, openWebSocket } from './websocket.mjs';

// The URL is no part of an IDENTIFY.
const IDENTIFY = maskedText(loginTraffic('')[1].text);
const BEAT = maskedText('{"op":1,"d":251}'.padEnd(64));
const LOGIN_FRAMES = 2;

class Connection {
  #target = 0;
  #reached = () => undefined;
  lastMs = 0;
  firstMs = 0;

  constructor(counter = new FrameCounter()) {
    this.counter = counter;
  }

  /** Opens, logs in, and resolves when so many frames have come. */
  async open(url, frames = LOGIN_FRAMES) {
    this.#target = frames;
    const { socket, rest } = await openWebSocket(url);
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    const loggedIn = new Promise((resolve) => (this.#reached = resolve));
    socket.on('data', (chunk) => this.#take(chunk));
    if (rest.length > 0) this.#take(rest);
    this.identifiedMs = performance.now();
    socket.write(IDENTIFY);
    socket.resume();
    await loggedIn;
  }

  #take(chunk) {
    if (this.firstMs === 0) this.firstMs = performance.now();
    this.counter.push(chunk);
    if (this.counter.frames < this.#target) return;
    this.lastMs = performance.now();
    this.#reached();
  }

  async receive(frames) {
    this.firstMs = 0;
    this.#target += frames;
    await new Promise((resolve) => {
      this.#reached = resolve;
      if (this.counter.frames >= this.#target) resolve();
    });
  }

  async ping() {
    this.#target += 1;
    const answered = new Promise((resolve) => (this.#reached = resolve));
    const sentMs = performance.now();
    this.socket.write(BEAT);
    await answered;
    return (this.lastMs - sentMs) * 1000;
  }
}

const connections = [];

const ORDERS = {
  async connect({ url, count, atOnce = 1, isParsing = false }) {
    for (let opened = 0; opened < count; opened += atOnce) {
      const some = Array.from(
        { length: Math.min(atOnce, count - opened) },
        () => new Connection(isParsing ? new PayloadCounter() : new FrameCounter()),
      );
      await Promise.all(some.map((connection) => connection.open(url)));
      connections.push(...some);
    }
    return {};
  },
  async receive({ frames, skip = 0 }) {
    const receiving = connections.slice(skip);
    await Promise.all(receiving.map((connection) => connection.receive(frames)));
    const first = Math.min(...receiving.map(({ firstMs }) => firstMs));
    return { ms: Math.max(...receiving.map(({ lastMs }) => lastMs)) - first };
  },
  async ping({ count }) {
    const micros = [];
    for (let sent = 0; sent < count; sent += 1) micros.push(await connections[0].ping());
    return { micros };
  },
  async play({ url, frames }) {
    const connection = new Connection();
    await connection.open(url, frames + LOGIN_FRAMES);
    const ms = connection.lastMs - connection.identifiedMs;
    connection.socket.end();
    await connection.closed;
    return { ms };
  },
  async closed() {
    for (const { socket, closed } of connections.splice(0)) {
      socket.end();
      await closed;
    }
    return {};
  },
};

process.on('message', async ({ id, order, ...details }) => {
  process.send({ id, ...(await ORDERS[order](details)) });
});
process.on('disconnect', () => process.exit());
