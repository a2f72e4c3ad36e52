/**
 * Handshake gap: the time between the 101 and the first frame.
 *
 * Some clients (seyfert, cloudstorm) ignore what they read together with the 101, and no server can see when that has been
 * read. So the first frame waits from the moment at which the 101 has left, and waits again where this process was late
 * itself: then the machine is busy, and the client is late too. Discord's HELLO takes a round trip longer than that.
 */
import type { Socket } from 'node:net';

const GAP_MS = 20;
/** From this lateness of a timer on the machine counts as busy. */
const BUSY_MS = 10;
const MAX_WAITS = 10;

/** Resolves when a client has had the time to read the 101 alone, or is gone; `nowUs` is a clock. */
export async function leaveAlone(socket: Socket, nowUs: () => number): Promise<void> {
  await written(socket);
  for (let waits = 0; waits < MAX_WAITS && !socket.destroyed; waits += 1) {
    const beganAtUs = nowUs();
    await new Promise((resolve) => setTimeout(resolve, GAP_MS));
    await new Promise((resolve) => setImmediate(resolve)); // a client in this very process reads between the two
    if (nowUs() - beganAtUs < (GAP_MS + BUSY_MS) * 1_000) return;
  }
}

/** Resolves when everything that was written so far has left, or the connection is gone. */
export async function written(socket: Socket): Promise<void> {
  if (socket.destroyed || socket.writableEnded) return;
  await new Promise<void>((resolve) => socket.write('', () => resolve()));
}
