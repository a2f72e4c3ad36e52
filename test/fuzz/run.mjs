/**
 * Starts the fuzzer in a thread and watches it: an input that does not end, or that ends the thread, is a finding, too.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Longest wait for one input, in ms. */
const HANG_MS = 30_000;
const HEAP_MIB = 2048;

const shared = new SharedArrayBuffer(2 ** 21);
const [header, bytes] = [new Int32Array(shared, 0, 4), new Uint8Array(shared, 4096)];
const worker = new Worker(fileURLToPath(new URL('thread.mjs', import.meta.url)), {
  workerData: { shared, args: process.argv.slice(2) },
  resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
});

function describeCurrent(what) {
  const [, length, nameLength] = header;
  const name = Buffer.from(bytes.subarray(0, nameLength)).toString();
  const input = Buffer.from(bytes.subarray(nameLength, nameLength + length)).toString('base64');
  console.log(`${name}: ${what}\n  repeated by: npm run fuzz -- --target ${name} --input ${input}`);
}

let [seen] = header;
const watch = setInterval(() => {
  if (header[0] === seen && seen > 0 && header[3] === 1) {
    describeCurrent(`does not end within ${HANG_MS / 1000} s`);
    process.exit(1);
  }
  [seen] = header;
}, HANG_MS);

worker.on('error', (error) => {
  if (header[0] > 0) describeCurrent(`ended the thread: ${error.stack}`);
  else console.log(error);
  process.exit(1);
});
worker.on('exit', (code) => {
  clearInterval(watch);
  process.exitCode = code;
});
