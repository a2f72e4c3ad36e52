/** Sockets that reset, stall, crawl, close in any way or come by the thousand: both legs get every byte, and nothing stays behind. */
import { openSqlite } from '../../src/store/sqlite.js';
import type { Cell } from './cell.js';
import { connectAll } from './kill-cells.js';
import { listDatabases } from './oracle.js';
import {
  becomes,
  findGrowth,
  findUndelivered,
  MIB,
  pause,
  readResidentBytes,
  sceneCell,
  type Scene,
} from './scene.js';
import type { Lane, Traffic } from './traffic.js';

/** What waits for the slow reader. */
const WAITING_BYTES = 1024 * MIB;
/** Queues of the relay, of the recorder and of the log, and the program. */
const MOST_RESIDENT_BYTES = 400 * MIB;

const HELD = 1_000;
const HOLD_MS = 600_000;

/** Rows of the table about the network. */
export const NETWORK_CELLS: readonly Cell[] = [
  sceneCell({
    name: 'reset by the gateway',
    fault: 'reset',
    load: 'trickle',
    act: (scene) => endAll(scene, ({ gateway }) => gateway?.resetAndDestroy()),
  }),
  sceneCell({
    name: 'reset by the client',
    fault: 'reset',
    load: 'trickle',
    act: (scene) => endAll(scene, ({ client }) => client?.resetAndDestroy()),
  }),
  sceneCell({
    name: 'half-close by the gateway',
    fault: 'FIN',
    load: 'trickle',
    act: (scene) => endAll(scene, ({ gateway }) => gateway?.end()),
  }),
  sceneCell({
    name: 'half-close by the client',
    fault: 'FIN',
    load: 'trickle',
    act: (scene) => endAll(scene, ({ client }) => client?.end()),
  }),
  sceneCell({
    name: 'close codes by the gateway',
    fault: 'close frames, valid and invalid',
    load: '30 connections',
    act: (scene) => closeAll(scene, 'gateway'),
  }),
  sceneCell({
    name: 'close codes by the client',
    fault: 'close frames, valid and invalid',
    load: '30 connections',
    act: (scene) => closeAll(scene, 'client'),
  }),
  sceneCell({
    name: 'stalls',
    fault: 'each side stops within a frame, and reads nothing, for 3 s',
    load: 'trickle',
    act: stall,
  }),
  sceneCell({ name: 'one-byte segments', fault: 'a byte at a time', load: '200 messages', act: sendByByte }),
  sceneCell({
    name: 'slow reader',
    fault: 'client stops reading',
    load: '1 GiB waits',
    runs: 1,
    act: readSlowly,
  }),
  sceneCell({
    name: 'connections come and go',
    fault: '10,000 connections, one after the other',
    load: '22 bytes each',
    runs: 1,
    act: comeAndGo,
  }),
  sceneCell({
    name: 'connections held',
    fault: '1,000 connections for 10 minutes',
    load: '2,000 messages/s',
    runs: 1,
    act: hold,
  }),
];

/** Ends each connection on one side when all has arrived: the other side ends, too. */
async function endAll({ traffic, gatewayUrl, run }: Scene, end: (lane: Lane) => unknown): Promise<string[]> {
  await connectAll(traffic, gatewayUrl);
  traffic.load('trickle');
  await pause(100 + run.random.below(300));
  traffic.stop();
  const faults = await findUndelivered(traffic);
  for (const lane of traffic.lanes) end(lane);
  return [...faults, ...(await findOpenSides(traffic))];
}

async function findOpenSides({ lanes }: Traffic): Promise<string[]> {
  const areClosed = (): boolean =>
    lanes.every(({ client, gateway }) => client?.closed === true && gateway?.closed === true);
  return (await becomes(areClosed)) ? [] : ['a side is still open'];
}

const withCode = (code: number, reason = ''): Buffer => {
  const data = Buffer.alloc(2 + Buffer.byteLength(reason));
  data.writeUInt16BE(code);
  data.write(reason, 2);
  return data;
};

/** Codes of RFC 6455 section 7.4, of Discord, and those that no peer may send. */
const CODES = [
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999],
  ...[4000, 4001, 4004, 4009, 4014, 4999],
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535],
];

const CLOSES = [
  ...CODES.map((code) => withCode(code, 'why')),
  Buffer.alloc(0),
  Buffer.of(3),
  withCode(1000, 'x'.repeat(123)),
  // Too long for a control frame, and no UTF-8.
  withCode(1000, 'x'.repeat(200)),
  Buffer.concat([withCode(1000), Buffer.of(0xff, 0xfe)]),
];

/** Closes a connection with each of the frames: the peer gets its bytes, and the file has the code that was sent. */
async function closeAll(
  { traffic, gatewayUrl, run }: Scene,
  sender: 'client' | 'gateway',
): Promise<string[]> {
  for (const data of CLOSES) {
    const lane = await traffic.connect(gatewayUrl);
    lane.dispatch(2);
    lane.close(sender, data);
  }
  const faults = await findUndelivered(traffic);
  for (const { client, gateway } of traffic.lanes) (sender === 'client' ? client : gateway)?.end();
  faults.push(...(await findOpenSides(traffic)));
  const db = openSqlite(listDatabases(run.files)[0]!, { readonly: true });
  try {
    const read = db.prepare('SELECT close_code FROM connection ORDER BY id').pluck();
    const areRecorded = (): boolean => {
      const codes = read.all();
      return CODES.every((code, index) => codes[index] === code);
    };
    if (!(await becomes(areRecorded)))
      faults.push(`${CODES.join()} were sent, and recorded ${read.all().join()}`);
  } finally {
    db.close();
  }
  return faults;
}

/** Half of a frame, then silence, while the other side reads nothing; then the rest. */
async function stall({ traffic, gatewayUrl }: Scene): Promise<string[]> {
  await connectAll(traffic, gatewayUrl);
  for (const { client, gateway } of traffic.lanes) {
    for (const socket of [client!, gateway!]) holdHalf(socket, 3_000);
    client!.pause();
    gateway!.pause();
  }
  for (const lane of traffic.lanes) {
    lane.dispatch(1);
    lane.beat();
  }
  await pause(3_100);
  for (const { client, gateway } of traffic.lanes) {
    client!.resume();
    gateway!.resume();
  }
  traffic.load('trickle');
  await pause(300);
  traffic.stop();
  return findUndelivered(traffic);
}

/** The second half of the next write leaves so much later, and all that comes behind it in its turn. */
function holdHalf(socket: NonNullable<Lane['client']>, ms: number): void {
  const write = socket.write.bind(socket);
  const held: Buffer[] = [];
  socket.write = (data: Uint8Array | string): boolean => {
    const bytes = Buffer.from(data as Uint8Array);
    if (held.length > 0) return held.push(bytes) > 0;
    const half = bytes.length >> 1;
    held.push(bytes.subarray(half));
    setTimeout(() => {
      socket.write = write;
      write(Buffer.concat(held));
    }, ms);
    return write(bytes.subarray(0, half));
  };
}

async function sendByByte({ traffic, gatewayUrl }: Scene): Promise<string[]> {
  await connectAll(traffic, gatewayUrl);
  for (const { gateway, client } of traffic.lanes)
    for (const socket of [gateway, client]) splitWrites(socket!);
  for (let message = 0; message < 200; message += 1)
    for (const lane of traffic.lanes) {
      lane.dispatch(1);
      lane.beat();
      await new Promise((resolve) => setImmediate(resolve));
    }
  return findUndelivered(traffic);
}

/** Each byte becomes a packet of its own, as sockets here have no delay. */
function splitWrites(socket: NonNullable<Lane['client']>): void {
  const write = socket.write.bind(socket);
  socket.write = (bytes: Uint8Array | string): boolean => {
    let isReady = true;
    for (const byte of Buffer.from(bytes as Uint8Array)) isReady = write(Buffer.of(byte));
    return isReady;
  };
}

/** The gateway's socket in this process has what the relay does not take. */
async function readSlowly({ traffic, gatewayUrl, program }: Scene): Promise<string[]> {
  const lane = await traffic.connect(gatewayUrl);
  lane.client!.pause();
  const pad = 'x'.repeat(MIB);
  const faults: string[] = [];
  const look = (): void => {
    const bytes = readResidentBytes(program);
    if (bytes > MOST_RESIDENT_BYTES) faults.push(`${Math.round(bytes / MIB)} MiB are resident`);
  };
  while (lane.fromGateway.sentBytes < WAITING_BYTES) {
    lane.dispatch(16, pad);
    await new Promise((resolve) => setImmediate(resolve));
    look();
  }
  await pause(2_000);
  look();
  lane.client!.resume();
  const watch = setInterval(look, 200);
  faults.push(...(await findUndelivered(traffic)));
  clearInterval(watch);
  return faults;
}

async function comeAndGo({ traffic, gatewayUrl, program }: Scene): Promise<string[]> {
  let earlyBytes = 0;
  for (let count = 0; count < 10_000; count += 1) {
    const lane = await traffic.connect(gatewayUrl, count % 3 === 0);
    lane.client!.destroy();
    if (count === 500) earlyBytes = readResidentBytes(program);
  }
  return findGrowth(program, earlyBytes);
}

async function hold({ traffic, gatewayUrl, program }: Scene): Promise<string[]> {
  for (let count = 0; count < HELD; count += 1) await traffic.connect(gatewayUrl, count % 3 === 0);
  const endMs = performance.now() + HOLD_MS;
  let earlyBytes: number | null = null;
  while (performance.now() < endMs) {
    for (const [index, lane] of traffic.lanes.entries()) {
      lane.dispatch(1);
      lane.beat();
      if (index % 20 === 0) await pause(1);
    }
    await pause(900);
    if (performance.now() > endMs - HOLD_MS * 0.9) earlyBytes ??= readResidentBytes(program);
  }
  return [...(await findUndelivered(traffic)), ...findGrowth(program, earlyBytes ?? 0)];
}
