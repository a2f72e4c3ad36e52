/**
 * Rules about when and how a client has to reconnect. RESUME itself: resume.ts.
 */
import type { ConnectionFacts } from '../facts.js';
import { defineRules, type Rule } from '../rule.js';
import type { Scene } from '../scene.js';
import { inSeconds, SOURCES } from '../words.js';
import { findLastEnd, isResumableEnd } from '../history.js';

const RESUMING = `${SOURCES.gateway}, "Resuming"`;

/** Whether a connection's client has opened another one since `atUs`, as far as that is known. */
function hasReturned({ capture }: Scene, { shard, id }: ConnectionFacts, atUs: number): boolean {
  if (shard?.lastStart != null && shard.lastStart.connectionId !== id && shard.lastStart.atUs >= atUs)
    return true;
  for (const other of capture.connections.values()) {
    if (other.id !== id && other.token === null && other.openedAtUs >= atUs) return true;
  }
  return false;
}

/** The rules. */
export const RECONNECT_RULES: readonly Rule[] = defineRules([
  {
    id: 'rs-op9-true-identify',
    who: 'client',
    severity: 'warning',
    needs: 'connection',
    title: 'IDENTIFY answered INVALID_SESSION `true`',
    why: 'The session could be resumed, and is thrown away.',
    fix: 'Send RESUME after INVALID_SESSION `true`.',
    source: `${SOURCES.events}, "Invalid Session"`,
    on: {
      identify: (scene, identify) => {
        const isHere = scene.connection.phase === 'invalid';
        const before = isHere ? scene.connection : findLastEnd(scene.capture, identify)?.connection;
        if (before?.phase !== 'invalid' || before.session === null) return;
        if (before.invalid?.isResumable !== true) return;
        if (scene.nowUs - before.invalid.atUs < scene.limits.resumableMs)
          scene.report('IDENTIFY followed INVALID_SESSION `true`');
      },
    },
  },
  {
    id: 'rs-op7-ignored',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'The client stayed after RECONNECT',
    why: 'The gateway closes a few seconds later, and the client has to resume anyway.',
    fix: 'Close with a code other than 1000 and 1001 on RECONNECT, and resume.',
    source: `${SOURCES.events}, "Reconnect"; 10 s are chosen here`,
    on: {
      reconnect: (scene) => {
        const { connection, frame, nowUs, limits } = scene;
        if (connection.reconnect !== null) return;
        const frameIds = [frame.id];
        scene.later(nowUs + limits.reconnectMs + limits.networkSlackMs, () => {
          if (connection.closes.client !== null || connection.closes.gateway !== null) return;
          if (hasReturned(scene, connection, nowUs)) return;
          scene.report({
            message: `the client neither closed nor came back within ${inSeconds(limits.reconnectMs)}`,
            frameIds,
          });
        });
      },
    },
  },
  {
    id: 'rs-op7-identify',
    who: 'client',
    severity: 'warning',
    needs: 'connection',
    title: 'IDENTIFY followed RECONNECT',
    why: 'The session could be resumed; the events in between are lost and a session start is spent.',
    fix: 'Resume after RECONNECT.',
    source: `${SOURCES.events}, "Reconnect"`,
    on: {
      identify: (scene, identify) => {
        const end = findLastEnd(scene.capture, identify);
        if (end?.connection.reconnect == null) return;
        if (scene.nowUs - end.atUs >= scene.limits.resumableMs || !isResumableEnd(end)) return;
        scene.report({
          message: `IDENTIFY ${inSeconds(scene.nowUs - end.atUs)} after a connection that got RECONNECT`,
          frameIds: [end.connection.reconnect.frameId, scene.frame.id],
        });
      },
    },
  },
  {
    id: 'rs-missing',
    who: 'client',
    severity: 'warning',
    needs: 'session',
    title: 'The client did not come back',
    why: 'The gateway keeps the events of a session for a short time only.',
    fix: 'Reconnect when a connection ends, with a growing delay.',
    source: `${RESUMING}; 60 and 180 s are chosen here`,
    on: {
      ended: (scene, end) => {
        const { connection, atUs } = end;
        if (!isResumableEnd(end) || (connection.shard?.living.size ?? 0) > 1) return;
        const { limits } = scene;
        const frameIds = [connection.closes.gateway?.frameId ?? connection.closes.client?.frameId].filter(
          (id) => id !== undefined,
        );
        const look = (afterUs: number, severity: 'warning' | 'info'): void => {
          scene.afterwards(atUs + afterUs, () => {
            if (hasReturned(scene, connection, atUs)) return;
            const message = `no new connection within ${inSeconds(afterUs)} after the end of the last`;
            scene.report({
              message: severity === 'info' ? `${message}: the client stopped` : message,
              severity,
              frameIds,
            });
          });
        };
        look(limits.resumableMs, 'warning');
        look(limits.lostMs, 'info');
      },
    },
  },
]);
