/**
 * Load, the gateway's side: a process of its own that answers upgrades, logs clients in, and sends what its orders say.
 *
 * Told over IPC, one order at a time, each answered when it is done:
 *   prepare { traffic, count, compress, seed } → { port }
 *   play { frames, perSecond, skip }  that many frames on every connection but the first `skip`; without `perSecond` as
 *                                 fast as they go
 *   close {}                      ends every connection with a close frame, once all are through
 * What a client sends after its IDENTIFY is answered with a heartbeat acknowledgement of 64 bytes.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer } from 'node:net';
import process from 'node:process';
import { setImmediate } from 'node:timers';
import { frameOf, messageLoop, textFrame } from '../message-loop.mjs';
import { heartbeats, largeGuilds, loginTraffic, mixedTraffic } from '../traffic.mjs';
import { acceptUpgrade } from './websocket.mjs';

const TRAFFIC = { mix: mixedTraffic, guilds: largeGuilds, heartbeats };
const ACK = textFrame(`{${' '.repeat(26)}"t":null,"s":null,"op":11,"d":null}`);
const CLOSE = frameOf(0x88, Buffer.of(0x03, 0xe8));
const BLOCK_BYTES = 65_536;

/** Frames joined into blocks of about 64 KiB, so that sending costs next to nothing; with where each frame ends. */
class Blocks {
  constructor(frames) {
    this.bytes = Buffer.concat(frames);
    this.count = frames.length;
    this.ends = new Float64Array(frames.length);
    let end = 0;
    frames.forEach((frame, index) => (this.ends[index] = end += frame.length));
  }

  /** Bytes of some of the frames from `first` on: at most `limit`, and about a block. Returns them and their count. */
  slice(first, limit) {
    const start = first === 0 ? 0 : this.ends[first - 1];
    let last = first;
    const most = Math.min(this.count, first + limit) - 1;
    while (last < most && this.ends[last] - start < BLOCK_BYTES) last += 1;
    return { bytes: this.bytes.subarray(start, this.ends[last]), count: last + 1 - first };
  }
}

let loop = null;
const connections = new Set();

class Connection {
  constructor(socket) {
    this.socket = socket;
    this.sent = 0;
    this.isIntroduced = false;
    this.at = 0;
    connections.add(this);
    // Not by events.once, which rejects when a relay ends with a reset.
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    void this.closed.then(() => connections.delete(this));
    socket.on('error', () => undefined);
  }

  async run() {
    await acceptUpgrade(this.socket);
    this.socket.write(loop.login[0]);
    this.socket.once('data', () => {
      this.socket.write(loop.login[1]);
      this.socket.on('data', () => {
        if (!this.socket.writableEnded) this.socket.write(ACK);
      });
    });
    this.socket.resume();
  }

  async play(frames, perSecond) {
    const startMs = performance.now();
    for (let sent = 0; sent < frames;) {
      const due =
        perSecond === undefined ? frames : Math.ceil(((performance.now() - startMs) / 1000) * perSecond);
      const wanted = Math.min(frames, due) - sent;
      if (wanted <= 0) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        continue;
      }
      const blocks = this.isIntroduced ? loop.turn : loop.intro;
      const { bytes, count } = blocks.slice(this.at, wanted);
      sent += count;
      this.at += count;
      if (this.at === blocks.count) {
        this.at = 0;
        this.isIntroduced = true;
      }
      if (this.socket.write(bytes)) await new Promise((resolve) => setImmediate(resolve));
      else await once(this.socket, 'drain');
    }
  }

  async close() {
    this.socket.end(CLOSE);
    await this.closed;
  }
}

const ORDERS = {
  async prepare({ traffic, count, compress, seed, url }) {
    const [hello, , ready] = loginTraffic(url);
    const made = await messageLoop([hello.text, ready.text], TRAFFIC[traffic](count, seed), compress);
    loop = { login: made.login, intro: new Blocks(made.intro), turn: new Blocks(made.turn) };
    return { wireBytes: loop.turn.bytes.length };
  },
  async play({ frames, perSecond, skip = 0 }) {
    await Promise.all([...connections].slice(skip).map((connection) => connection.play(frames, perSecond)));
    return {};
  },
  async close() {
    await Promise.all([...connections].map((connection) => connection.close()));
    return {};
  },
};

const server = createServer(
  { noDelay: true, pauseOnConnect: false },
  (socket) => void new Connection(socket).run(),
);
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', async ({ id, order, ...details }) => {
  process.send({ id, ...(await ORDERS[order](details)) });
});
process.on('disconnect', () => process.exit());
