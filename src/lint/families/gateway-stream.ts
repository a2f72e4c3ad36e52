/**
 * Rules about the stream of a gateway: compression, and the frames of WebSocket.
 */
import { defineRules, type Rule } from '../rule.js';
import { inSeconds, SOURCES } from '../words.js';

const COMPRESSION = `${SOURCES.gateway}, "Transport Compression"`;
/** Time after which the end of a compressed message is not expected any more. */
const SYNC_US = 10_000_000;
/** Reasons of undecodable bytes for which the gateway is responsible. */
const BROKEN: ReadonlySet<string> = new Set([
  'inflate_failed',
  'not_utf8',
  'not_json',
  'not_etf',
  'not_object',
]);

/** The rules. */
export const STREAM_RULES: readonly Rule[] = defineRules([
  {
    id: 'gw-plain-on-stream',
    who: 'gateway',
    severity: 'error',
    needs: 'connection',
    title: 'An uncompressed message came on a compressed connection',
    why: 'eris, Oceanic and the official apps break.',
    fix: 'In a gateway or proxy of your own: send everything through the stream, as binary messages.',
    source: COMPRESSION,
    on: {
      received: (scene) => {
        const { compress = 'none' } = scene.connection.opened?.transport ?? {};
        if (compress !== 'none' && compress !== 'unknown' && scene.frame.kind === 'text') {
          scene.report(`a text message came, and the URL asks for ${compress}`);
        }
      },
    },
  },
  {
    id: 'gw-stream-broken',
    who: 'gateway',
    severity: 'error',
    needs: 'connection',
    title: 'A message of the gateway could not be decoded',
    why: 'On a compressed connection everything after it is lost too.',
    fix: 'Reconnect and resume when a message cannot be decoded.',
    source: COMPRESSION,
    on: {
      undecodable: (scene) => {
        const { sender, status, kind } = scene.frame;
        if (sender !== 'gateway' || kind === 'close' || !BROKEN.has(status)) return;
        scene.report(`a message of the gateway could not be decoded (${status})`);
      },
      partial: (scene) => {
        const { connection, frame, nowUs } = scene;
        if (frame.sender !== 'gateway' || connection.partial !== null) return;
        scene.later(nowUs + SYNC_US, () => {
          if (connection.partial?.frameId !== frame.id) return;
          scene.report({
            message: `a compressed message has no end for ${inSeconds(SYNC_US)}`,
            frameIds: [frame.id],
          });
        });
      },
      received: (scene) => {
        const { frame, connection } = scene;
        const isSecond = frame.frameNo === connection.lastFrameNo;
        if (isSecond && frame.frameNo === connection.joinedFrameNo)
          scene.report('a compressed message had no end, and ended with the next one');
      },
    },
  },
  {
    id: 'gw-many-payloads',
    who: 'gateway',
    severity: 'error',
    needs: 'connection',
    title: 'One message held several payloads',
    why: 'No client handles it.',
    fix: 'In a gateway or proxy of your own: send one payload a message.',
    source: COMPRESSION,
    on: {
      received: (scene) => {
        const { frameNo } = scene.frame;
        const { lastFrameNo, joinedFrameNo } = scene.connection;
        if (frameNo === lastFrameNo && frameNo !== joinedFrameNo)
          scene.report('a message held more than one payload');
      },
    },
  },
  {
    id: 'gw-masking',
    who: 'gateway',
    severity: 'error',
    needs: 'connection',
    title: 'A frame broke the rules of WebSocket',
    why: 'The other side closes with 1002.',
    fix: 'Check reserved bits, fragments, and control frames of more than 125 bytes. Masks are not recorded.',
    source: `${SOURCES.websocket} §5`,
    on: {
      undecodable: (scene) => {
        const { sender, status, kind } = scene.frame;
        if (status === 'protocol_error')
          scene.report({ message: `a ${kind} frame of the ${sender} is malformed`, who: sender });
      },
    },
  },
]);
