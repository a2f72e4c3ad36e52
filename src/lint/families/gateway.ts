/**
 * Rules about what a gateway sends, sequence numbers (sequence.ts) and streams (gateway-stream.ts) aside, and about the recorder's own rewrite.
 */
import { isKnownEvent } from '../../gateway/events.js';
import { CHANNEL_OBFUSCATED, OBFUSCATED_NAME } from '../../gateway/obfuscation.js';
import { findOpcode, OP } from '../../gateway/opcodes.js';
import { asInteger, asString, type JsonObject, type JsonValue } from '../../gateway/payload.js';
import { listObjects } from '../read.js';
import { defineRules, type Rule } from '../rule.js';
import { Memory, type Scene } from '../scene.js';
import { inSeconds, nameOp, SOURCES } from '../words.js';

/** Opcodes with which a gateway may begin. */
const GREETINGS: ReadonlySet<number | null> = new Set([OP.HELLO, OP.RECONNECT, OP.HEARTBEAT_ACK]);

const LIFECYCLE = `${SOURCES.gateway}, "Connection Lifecycle"`;
/** Bounds of a plausible heartbeat interval, in ms. */
const [LEAST_INTERVAL, MOST_INTERVAL] = [1000, 120_000];
const EARLY_EVENTS: ReadonlySet<string | null> = new Set(['READY', 'INITIAL_GUILD', 'RESUMED']);
/** Most guilds, and most event names, that are remembered of one connection. */
const MOST_REMEMBERED = 5000;

const waiting = new Memory<Set<string>>(() => new Set());
const seen = new Memory<Set<string>>(() => new Set());

/** The rules. */
export const GATEWAY_RULES: readonly Rule[] = defineRules([
  {
    id: 'gw-dispatch-before-ready',
    who: 'gateway',
    severity: 'warning',
    needs: 'connection',
    title: 'A dispatch came before READY',
    why: 'Clients do not expect it, and may drop it.',
    fix: 'In a gateway of your own: send READY first.',
    source: LIFECYCLE,
    on: {
      dispatch: (scene) => {
        const { phase } = scene.connection;
        const { event } = scene.frame;
        if (phase === 'live' || phase === 'resuming' || phase === 'invalid' || EARLY_EVENTS.has(event))
          return;
        scene.report(`${event ?? 'a dispatch'} came before READY`);
      },
    },
  },
  {
    id: 'gw-no-ready',
    who: 'gateway',
    severity: 'warning',
    needs: 'connection',
    title: 'The gateway did not answer IDENTIFY',
    why: 'The client waits; most give up after 15 to 60 seconds.',
    fix: 'Close and try again after a while.',
    source: `${LIFECYCLE}; 30 s are chosen here`,
    on: {
      identify: (scene) => {
        const { connection, frame, nowUs, limits } = scene;
        const frameIds = [frame.id];
        scene.later(nowUs + limits.readyMs + limits.networkSlackMs, () => {
          if (connection.phase !== 'identifying' || connection.identify?.frameId !== frame.id) return;
          scene.report({
            message: `neither READY nor INVALID_SESSION within ${inSeconds(limits.readyMs)}`,
            frameIds,
          });
        });
      },
    },
  },
  {
    id: 'gw-hello-late',
    who: 'gateway',
    severity: 'warning',
    needs: 'connection',
    title: 'HELLO came late, or not first',
    why: 'Clients give up from 10 seconds on.',
    fix: 'In a gateway of your own: send HELLO as soon as the connection is open.',
    source: `${SOURCES.gateway}, "Hello Event"; 5 s are chosen here`,
    on: {
      opened: (scene) => {
        const { connection, nowUs, limits } = scene;
        if (connection.opened?.upgradeStatus !== 101) return;
        scene.later(nowUs + limits.helloMs + limits.networkSlackMs, () => {
          if (connection.receivedCount > 0) return;
          scene.report({
            message: `nothing came from the gateway within ${inSeconds(limits.helloMs)}`,
            frameIds: [],
          });
        });
      },
      received: (scene) => {
        const { connection, frame } = scene;
        // HEARTBEAT_ACK can answer a heartbeat that was sent before HELLO; RECONNECT can replace HELLO.
        if (connection.receivedCount > 0 || GREETINGS.has(frame.op)) return;
        scene.report(`the gateway began with ${nameOp(frame.op)}`);
      },
    },
  },
  {
    id: 'gw-hello-twice',
    who: 'gateway',
    severity: 'error',
    needs: 'connection',
    title: 'HELLO came twice',
    why: 'Some libraries take it for a reason to reconnect.',
    fix: 'In a gateway of your own: send HELLO once a connection.',
    source: `${SOURCES.gateway}, "Hello Event"`,
    on: {
      hello: (scene) => {
        const { hello } = scene.connection;
        if (hello !== null)
          scene.report({ message: 'HELLO came again', frameIds: [hello.frameId, scene.frame.id] });
      },
    },
  },
  {
    id: 'gw-hello-interval',
    who: 'gateway',
    severity: 'warning',
    needs: 'frame',
    title: 'The heartbeat interval makes no sense',
    why: 'Clients beat all the time, or never.',
    fix: 'In a gateway of your own: send an integer in ms, such as 41250.',
    source: `${SOURCES.events}, "Hello"; 1 to 120 s are chosen here`,
    on: {
      hello: (scene, { intervalMs, given }) => {
        if (intervalMs !== null && intervalMs >= LEAST_INTERVAL && intervalMs <= MOST_INTERVAL) return;
        scene.report(`\`heartbeat_interval\` is ${JSON.stringify(given).slice(0, 40)}`);
      },
    },
  },
  {
    id: 'gw-op9-type',
    who: 'gateway',
    severity: 'error',
    needs: 'frame',
    title: 'INVALID_SESSION carries no boolean',
    why: 'discord.js and JDA throw.',
    fix: 'In a gateway of your own: send `true` or `false`.',
    source: `${SOURCES.events}, "Invalid Session"`,
    on: {
      invalid: (scene, isResumable) => {
        if (typeof isResumable !== 'boolean')
          scene.report(`\`d\` is ${isResumable === null ? 'null' : `of type ${typeof isResumable}`}`);
      },
    },
  },
  {
    id: 'gw-unknown-op',
    who: 'gateway',
    severity: 'warning',
    needs: 'frame',
    title: 'The gateway sent an opcode that is in no documentation, or that only clients send',
    why: 'The protocol has something new, or this is another service.',
    fix: 'Report it, and update gatetape.',
    source: `${SOURCES.codes}; ${SOURCES.foodCodes}`,
    on: {
      received: (scene) => {
        const { op } = scene.frame;
        if (op === OP.DISPATCH || op === OP.HEARTBEAT_ACK || op === null) return;
        const sentBy = findOpcode(op)?.sentBy ?? 'client';
        if (sentBy === 'client') scene.report(`the gateway sent ${nameOp(op)}`);
      },
    },
  },
  {
    id: 'gw-unknown-event',
    who: 'gateway',
    severity: 'info',
    needs: 'frame',
    title: 'The gateway sent an event that is in no documentation',
    why: 'The protocol has something new.',
    fix: 'Report it, and update gatetape.',
    source: `${SOURCES.events}; docs.discord.food/gateway/gateway-events`,
    on: {
      dispatch: (scene) => {
        const { event } = scene.frame;
        if (event === null || isKnownEvent(event)) return;
        const names = seen.of(scene.connection);
        if (names.has(event) || names.size >= MOST_REMEMBERED) return;
        names.add(event);
        scene.report(`the gateway sent ${event.slice(0, 60)}`);
      },
    },
  },
  {
    id: 'gw-unavailable-stays',
    who: 'gateway',
    severity: 'info',
    needs: 'connection',
    title: 'A guild of READY did not become available',
    why: 'It has an outage, and the client lacks its channels and members.',
    fix: 'Nothing in the client: GUILD_CREATE follows when the outage is over.',
    source: `${SOURCES.gateway}, "Guild Availability"; 60 s are chosen here`,
    on: {
      ready: (scene, { d, isBot }) => {
        const ids = listObjects(d['guilds'])
          .filter(({ unavailable }) => unavailable === true)
          .map(({ id }) => asString(id))
          .filter((id) => id !== null);
        const intents = scene.connection.identify?.identify.intents ?? 0;
        if (!isBot || ids.length === 0 || ids.length > MOST_REMEMBERED || intents % 2 === 0) return;
        const { connection, frame, nowUs, limits } = scene;
        const missing = waiting.of(connection);
        for (const id of ids) missing.add(id);
        scene.later(nowUs + limits.unavailableMs, () => {
          if (missing.size === 0) return;
          const some = [...missing].slice(0, 3).join(', ');
          scene.report({
            message: `${missing.size} of ${ids.length} guilds of READY are not available: ${some}`,
            frameIds: [frame.id],
          });
          missing.clear();
        });
      },
      events: { GUILD_CREATE: forgetGuild, GUILD_DELETE: forgetGuild },
    },
  },
  {
    id: 'gw-obfuscated',
    who: 'gateway',
    severity: 'warning',
    needs: 'frame',
    title: 'Channels are obfuscated',
    why: 'The bot cannot see them, and gets placeholders; it explains data that is missing.',
    fix: 'Test the flag 1 << 17, never the name.',
    source: 'api-docs pull request 8454',
    on: {
      events: {
        GUILD_CREATE: (scene) => {
          if (mayBeObfuscated(scene)) checkChannels(scene, listObjects(scene.fields['channels']));
        },
        CHANNEL_CREATE: checkChannel,
        CHANNEL_UPDATE: checkChannel,
      },
    },
  },
  {
    id: 'px-url-not-rewritten',
    who: 'proxy',
    severity: 'error',
    needs: 'frame',
    title: 'The recorder could not lead the client back through itself',
    why: 'The client resumes past the recorder, and the recording ends in silence.',
    fix: 'Report it with the output of `gatetape observations`; `--mode forward` needs no rewrite.',
    source: 'docs/recording.md; observation rewrite_given_up',
    on: {
      remark: (scene, name) => {
        if (name === 'rewrite_given_up')
          scene.report({ message: 'READY passed with its own `resume_gateway_url`', frameIds: [] });
      },
    },
  },
]);

function forgetGuild(scene: Scene): void {
  const missing = waiting.of(scene.connection);
  if (missing.size === 0) return;
  const id: JsonValue | undefined = scene.fields['id'];
  if (typeof id === 'string') missing.delete(id);
}

/** Quick test on the text whether it can hold an obfuscated channel. */
function mayBeObfuscated({ frame }: Scene): boolean {
  const text = frame.payloadText ?? '';
  return text.includes(OBFUSCATED_NAME) || /"flags":\s*\d{6}/.test(text);
}

function checkChannel(scene: Scene): void {
  if (mayBeObfuscated(scene)) checkChannels(scene, [scene.fields]);
}

function checkChannels(scene: Scene, channels: readonly JsonObject[]): void {
  const isFlagged = ({ flags }: JsonObject): boolean => ((asInteger(flags) ?? 0) & CHANNEL_OBFUSCATED) !== 0;
  const isNamed = ({ name }: JsonObject): boolean => name === OBFUSCATED_NAME;
  const flagged = channels.filter(isFlagged).length;
  const odd = channels.filter((channel) => isFlagged(channel) !== isNamed(channel)).length;
  if (odd > 0)
    scene.report(
      `${odd} channels have the placeholder’s name without its flag, or the flag without the name`,
    );
  else if (flagged > 0) scene.report({ message: `${flagged} channels are obfuscated`, severity: 'info' });
}
