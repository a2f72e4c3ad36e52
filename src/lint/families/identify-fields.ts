/**
 * Rules about the fields of IDENTIFY and of the URL.
 */
import { SNOWFLAKE_LOW_BITS } from '../../gateway/snowflake.js';
import { INTENTS } from '../../gateway/intents.js';
import { asInteger, asObject, asString, type JsonObject, type JsonValue } from '../../gateway/payload.js';
import type { ConnectionFacts } from '../facts.js';
import { defineRules, type Rule } from '../rule.js';
import type { Scene } from '../scene.js';
import { SOURCES } from '../words.js';

const IDENTIFY = `${SOURCES.events}, "Identify"`;
const LIST_OF_INTENTS = `${SOURCES.gateway}, "List of Intents"`;
/** First API version in which a bot has to name its intents. */
const INTENTS_SINCE = 8;
/** Intents that are not for bots, by docs.discord.food. */
const USER_INTENTS = INTENTS.filter(({ holder }) => holder !== 'bot' && holder !== 'unconfirmed');
/** First bit that no source knows. */
const FIRST_UNKNOWN_BIT = 29;
const DISALLOWED_INTENTS = 4014;
const INVALID_INTENTS = 4013;
const PROPERTIES = ['os', 'browser', 'device'];
const PRESENCE_KEYS = ['since', 'activities', 'status', 'afk'];
/** API versions: the oldest and the newest one, and the oldest one that is not deprecated. */
const [OLDEST, NEWEST, CURRENT] = [6, 10, 9];
/** Bounds of `large_threshold`; docs.discord.food gives a smaller lower one. */
const [LEAST_LARGE, MOST_LARGE, LEAST_LARGE_FOOD] = [50, 250, 25];

const hasIntent = (intents: number, bit: number): boolean => Math.floor(intents / bit) % 2 === 1;

const hasBotScheme = (d: JsonObject): boolean => /^Bot\s/i.test(asString(d['token']) ?? '');

function listPrivileged(intents: number): readonly string[] {
  return INTENTS.filter(({ isPrivileged, bit }) => isPrivileged && hasIntent(intents, bit)).map(
    ({ name }) => name,
  );
}

const findIntents = ({ identify }: ConnectionFacts): number | null => identify?.identify.intents ?? null;

/** The rules. */
export const IDENTIFY_FIELD_RULES: readonly Rule[] = defineRules([
  {
    id: 'id-shard-mixed',
    who: 'gateway',
    severity: 'warning',
    needs: 'connection',
    title: 'Events of another shard arrived',
    why: 'A guild’s events are handled at the wrong shard, or twice.',
    fix: 'Compare the shards that the process starts; where a proxy is in between, check that it keeps connections apart.',
    source: `${SOURCES.gateway}, "Sharding": (guild_id >> 22) % shard_count`,
    on: {
      ready: (scene, { shard }) => {
        const asked = scene.connection.identify?.identify.shard ?? null;
        if (asked === null || shard === null || asked.join() === shard.join()) return;
        scene.report(`IDENTIFY asked for shard [${asked.join(', ')}], READY is for [${shard.join(', ')}]`);
      },
      dispatch: (scene) => {
        const { session, opened } = scene.connection;
        const shard = session?.ready?.shard ?? session?.identify?.shard ?? null;
        if (shard === null || shard[1] < 2 || opened?.hasPseudonyms !== false) return;
        checkGuild(scene, shard[0], shard[1]);
      },
    },
  },
  {
    id: 'id-intents-missing',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'A bot identified without intents',
    why: 'From version 8 on a bot has to name them, and is refused otherwise.',
    fix: 'Send `intents` with the sum of the bits that are needed.',
    source: `${SOURCES.gateway}, "Gateway Intents"`,
    on: {
      ready: (scene, { isBot }) => {
        const { identify, opened } = scene.connection;
        if (identify === null || identify.identify.d['intents'] !== undefined) return;
        if (!isBot && !hasBotScheme(identify.identify.d)) return;
        if ((opened?.transport?.version ?? 0) < INTENTS_SINCE) return;
        scene.report({ message: 'IDENTIFY of a bot has no `intents`', frameIds: [identify.frameId] });
      },
    },
  },
  {
    id: 'id-intents-unknown',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'IDENTIFY has intents that do not exist, or are not for bots',
    why: 'The gateway closes with 4013, which forbids to reconnect.',
    fix: 'Leave these bits out.',
    source: `${LIST_OF_INTENTS}; ${SOURCES.food}`,
    on: {
      identify: (scene, { intents }) => {
        if (intents === null) return;
        if (intents >= 2 ** FIRST_UNKNOWN_BIT || intents < 0) {
          scene.report({
            message: `\`intents\` is ${intents}, with bits that no source knows`,
            severity: 'warning',
          });
        }
      },
      ready: (scene, { isBot }) => {
        const intents = findIntents(scene.connection);
        if (intents === null || !isBot) return;
        const names = USER_INTENTS.filter(({ bit }) => hasIntent(intents, bit)).map(({ name }) => name);
        if (names.length === 0) return;
        scene.report({
          message: `a bot asked for intents of users: ${names.join(', ')}`,
          severity: 'warning',
        });
      },
      ended: (scene, { closeCode, connection }) => {
        const intents = findIntents(connection);
        if (closeCode !== INVALID_INTENTS || intents === null) return;
        const frameIds = [connection.identify?.frameId, connection.closes.gateway?.frameId];
        scene.report({
          message: `the gateway refused the intents ${intents} with 4013`,
          frameIds: frameIds.filter((id) => id !== undefined),
        });
      },
    },
  },
  {
    id: 'id-intents-privileged',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'Privileged intents are asked for',
    why: 'They need a switch in the developer portal, and a review for large bots; without it the gateway closes with 4014.',
    fix: 'Enable them in the developer portal, or leave them out.',
    source: `${SOURCES.gateway}, "Privileged Intents"`,
    on: {
      identify: (scene, { intents }) => {
        const names = intents === null ? [] : listPrivileged(intents);
        if (names.length > 0) scene.report({ message: `asks for ${names.join(', ')}`, severity: 'info' });
      },
      ended: (scene, { closeCode, connection }) => {
        if (closeCode !== DISALLOWED_INTENTS) return;
        const names = listPrivileged(findIntents(connection) ?? 0);
        scene.report({
          message: `the gateway closed with 4014; the client asks for ${names.join(', ') || 'no privileged intent that is known'}`,
          frameIds: [connection.identify?.frameId, connection.closes.gateway?.frameId].filter(
            (id) => id !== undefined,
          ),
        });
      },
    },
  },
  {
    id: 'id-props-dollar',
    who: 'client',
    severity: 'warning',
    needs: 'frame',
    title: 'The properties have dollar signs in their names',
    why: 'The spelling is deprecated.',
    fix: 'Write `os`, `browser` and `device`.',
    source: IDENTIFY,
    on: {
      identify: (scene, { d }) => {
        const old = PROPERTIES.map((name) => `$${name}`).filter(
          (name) => name in (asObject(d['properties']) ?? {}),
        );
        if (old.length > 0) scene.report(`\`properties\` has ${old.join(', ')}`);
      },
    },
  },
  {
    id: 'id-props-missing',
    who: 'client',
    severity: 'warning',
    needs: 'frame',
    title: 'A property of IDENTIFY is missing',
    why: 'The object and its three fields are required.',
    fix: 'Send `properties` with `os`, `browser` and `device`.',
    source: IDENTIFY,
    on: {
      identify: (scene, { d }) => {
        const properties = asObject(d['properties']) ?? {};
        const missing = PROPERTIES.filter((name) => !(name in properties) && !(`$${name}` in properties));
        if (missing.length > 0) scene.report(`\`properties\` has no ${missing.join(', no ')}`);
      },
    },
  },
  {
    id: 'id-token-shape',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'The token in IDENTIFY has a wrong form',
    why: 'The gateway closes with 4004. A prefix `Bot ` is tolerated; OAuth2 needs `Bearer `.',
    fix: 'Send the token as the developer portal shows it. In a redacted recording white space within it is not seen.',
    source: `${SOURCES.food}; ${IDENTIFY}`,
    on: {
      identify: (scene, { d }) => {
        const token = asString(d['token']);
        if (token === null || token === '') scene.report('IDENTIFY has no token');
        else if (/\s/.test(token.replace(/^(?:Bot|Bearer) /i, '')))
          scene.report('the token has white space in it');
        else if (hasBotScheme(d))
          scene.report({ message: 'the token has the prefix `Bot `', severity: 'info' });
      },
    },
  },
  {
    id: 'id-compress-twice',
    who: 'client',
    severity: 'info',
    needs: 'frame',
    title: 'Compression is asked for in the URL and in IDENTIFY',
    why: 'The URL wins; the flag in IDENTIFY has no effect.',
    fix: 'Leave `compress` out of IDENTIFY.',
    source: `${SOURCES.gateway}, "Encoding and Compression"`,
    on: {
      identify: (scene, { d }) => {
        const { compress = 'none' } = scene.connection.opened?.transport ?? {};
        if (d['compress'] === true && compress !== 'none')
          scene.report(`\`compress\` is true, and the URL asks for ${compress}`);
      },
    },
  },
  {
    id: 'id-compress-type',
    who: 'client',
    severity: 'warning',
    needs: 'frame',
    title: 'The compression in IDENTIFY is of no use',
    why: 'A value that is no boolean is ignored, and ETF is not compressed this way.',
    fix: 'Ask for `compress=zlib-stream` in the URL.',
    source: `${IDENTIFY}; ${SOURCES.gateway}, "Encoding and Compression"`,
    on: {
      identify: (scene, { d }) => {
        const { compress } = d;
        const isEtf = scene.connection.opened?.transport?.encoding === 'etf';
        if (compress == null || compress === false || (compress === true && !isEtf)) return;
        scene.report(
          compress === true
            ? '`compress` is true with encoding=etf'
            : `\`compress\` is of type ${typeof compress}`,
        );
      },
    },
  },
  {
    id: 'id-large-threshold',
    who: 'client',
    severity: 'warning',
    needs: 'frame',
    title: 'large_threshold is out of range',
    why: 'The gateway takes another value, or refuses it.',
    fix: 'Send a number from 50 to 250, or leave it out.',
    source: `${IDENTIFY}; ${SOURCES.food} allows 25`,
    on: {
      identify: (scene, { d }) => {
        if (d['large_threshold'] == null) return;
        const large = asInteger(d['large_threshold']);
        if (large !== null && large >= LEAST_LARGE && large <= MOST_LARGE) return;
        const isSmall = large !== null && large >= LEAST_LARGE_FOOD && large < LEAST_LARGE;
        scene.report({
          message: `\`large_threshold\` is ${large ?? `of type ${typeof d['large_threshold']}`}`,
          severity: isSmall ? 'info' : 'warning',
        });
      },
    },
  },
  {
    id: 'id-version',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'The URL asks for an old version of the gateway, or for none',
    why: 'Deprecated versions go away some day; others are closed with 4012, which forbids to reconnect.',
    fix: 'Connect with `?v=10`.',
    source: 'Discord Docs/Reference, "API Versions"',
    on: {
      opened: (scene) => {
        const { transport = null, upgradeStatus } = scene.connection.opened ?? {};
        if (transport === null || upgradeStatus !== 101) return;
        const { version } = transport;
        if (version !== null && version >= CURRENT && version <= NEWEST) return;
        const isRefused = version !== null && (version < OLDEST || version > NEWEST);
        scene.report({
          message: version === null ? 'the URL has no version' : `the URL asks for version ${version}`,
          severity: isRefused ? 'error' : 'warning',
        });
      },
    },
  },
  {
    id: 'id-presence-legacy',
    who: 'client',
    severity: 'warning',
    needs: 'frame',
    title: 'A presence has an old form',
    why: 'Missing keys were reported to end in 4001.',
    fix: 'Send `since`, `activities`, `status` and `afk`, all four.',
    source: `${SOURCES.events}, "Update Presence"; api-docs issue 2226`,
    on: {
      identify: (scene, { d }) => {
        const presence = asObject(d['presence']);
        if (presence !== null) checkPresence(scene, presence, 'info');
      },
      commands: { 3: (scene) => checkPresence(scene, scene.fields, 'warning') },
    },
  },
  {
    id: 'id-capability-dead',
    who: 'client',
    severity: 'info',
    needs: 'frame',
    title: 'A bot sends capabilities',
    why: 'Bit 15 has had no effect for bots since 16 November 2026; the others are not documented for bots.',
    fix: 'Leave `capabilities` out.',
    source: 'api-docs pull request 8454',
    on: {
      identify: (scene, { d, intents }) => {
        const capabilities = asInteger(d['capabilities']) ?? 0;
        if (capabilities !== 0 && (intents !== null || hasBotScheme(d)))
          scene.report(`\`capabilities\` is ${capabilities}`);
      },
    },
  },
]);

function checkPresence(scene: Scene, presence: JsonObject, severity: 'info' | 'warning'): void {
  const missing = PRESENCE_KEYS.filter((key) => presence[key] === undefined);
  if (presence['game'] !== undefined) scene.report({ message: 'the presence has `game`', severity: 'info' });
  else if (missing.length > 0)
    scene.report({ message: `the presence has no ${missing.join(', no ')}`, severity });
}

const GUILD_ID = /"guild_id":"(\d{1,20})"/;

/** Compares the shard of a dispatch's guild. The whole text is parsed only if its first `guild_id` is of another shard. */
function checkGuild(scene: Scene, id: number, count: number): void {
  const [, first] = GUILD_ID.exec(scene.frame.payloadText ?? '') ?? [];
  if (first === undefined || computeShard(first, count) === id) return;
  const guild: JsonValue | undefined = scene.fields['guild_id'];
  if (typeof guild !== 'string' || !/^\d{1,20}$/.test(guild) || computeShard(guild, count) === id) return;
  scene.report(
    `${scene.frame.event ?? 'a dispatch'} of guild ${guild} arrived at shard ${id} of ${count}, and belongs to ${computeShard(guild, count)}`,
  );
}

function computeShard(guild: string, count: number): number {
  return Number((BigInt(guild) >> SNOWFLAKE_LOW_BITS) % BigInt(count));
}
