/**
 * Rules about heartbeats. H is the interval of HELLO.
 */
import type { ConnectionFacts } from '../facts.js';
import { defineRules, type Rule } from '../rule.js';
import { Memory, type Scene } from '../scene.js';
import { findMedian, inSeconds, SOURCES } from '../words.js';

const BEATS = `${SOURCES.gateway}, "Sending Heartbeats"`;
const SECOND_US = 1_000_000;
/** So many connections of a client without jitter before the first heartbeat are a finding. */
const HABIT = 3;
/** Heartbeats needed to judge the rate, and number of intervals that are kept. */
const ENOUGH_BEATS = 5;
const KEPT_GAPS = 32;
/** Number of round trips that are compared: the first so many with the last so many. */
const ROUND_TRIPS = 20;
const GROWTH = 3;

const jitterless = new Memory<Map<string, number>>(() => new Map());
const rates = new Memory<{ gaps: number[]; isReported: boolean }>(() => ({ gaps: [], isReported: false }));
const trips = new Memory<{ first: number[]; last: number[]; isReported: boolean }>(() => ({
  first: [],
  last: [],
  isReported: false,
}));

/** Interval of a connection in µs, or null. */
function findIntervalUs({ hello }: ConnectionFacts): number | null {
  return hello?.intervalMs == null ? null : hello.intervalMs * 1000;
}

const isClosing = ({ closes }: ConnectionFacts): boolean => closes.client !== null || closes.gateway !== null;

/** Time from which on the gateway may close, if no heartbeat came after `sinceUs`. */
const overdueUs = (sinceUs: number, intervalUs: number, { limits }: Scene): number =>
  sinceUs + Math.max(1.5 * intervalUs, 1.1 * intervalUs + SECOND_US) + limits.networkSlackMs;

/** The rules. */
export const HEARTBEAT_RULES: readonly Rule[] = defineRules([
  {
    id: 'hb-first-no-jitter',
    who: 'client',
    severity: 'warning',
    needs: 'connection',
    title: 'The first heartbeat came at once after HELLO, without jitter',
    why: 'After an outage all shards of all bots beat in step. Some libraries do so, and the gateway takes it.',
    fix: 'Send the first heartbeat after the interval times a random number between 0 and 1.',
    source: `${BEATS}; ${SOURCES.food} allows it`,
    on: {
      beat: (scene) => {
        const { connection, limits, nowUs, capture } = scene;
        const { hello, beatCount, opened } = connection;
        if (hello === null || beatCount > 0 || nowUs - hello.atUs >= limits.firstBeatMs) return;
        const counts = jitterless.of(capture);
        const client = opened?.userAgent ?? '';
        const count = (counts.get(client) ?? 0) + 1;
        counts.set(client, count);
        const message = `the first heartbeat came ${inSeconds(nowUs - hello.atUs)} after HELLO`;
        scene.report({ message, severity: count >= HABIT ? 'warning' : 'info' });
      },
    },
  },
  {
    id: 'hb-first-late',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'No heartbeat came within the interval after HELLO',
    why: 'The gateway takes the client for dead and closes the connection.',
    fix: 'Start the heartbeat timer when HELLO arrives, whatever else the client is busy with.',
    source: BEATS,
    on: {
      hello: (scene, { intervalMs }) => {
        const { connection, frame, nowUs, limits } = scene;
        if (intervalMs === null || connection.hello !== null) return;
        const frameIds = [frame.id];
        scene.later(nowUs + intervalMs * 1000 + SECOND_US + limits.networkSlackMs, () => {
          // Some libraries do not beat between RESUME and RESUMED.
          if (connection.beatCount > 0 || connection.phase === 'resuming' || isClosing(connection)) return;
          scene.report({ message: `no heartbeat within ${intervalMs / 1000} s after HELLO`, frameIds });
        });
      },
    },
  },
  {
    id: 'hb-late',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'A heartbeat came late',
    why: 'The gateway closes connections whose heartbeats stop, and the client has to resume.',
    fix: 'Beat from a timer of its own that nothing else in the process can hold up, such as a long computation.',
    source: `${BEATS}; 1.1 and 1.5 intervals are chosen here`,
    on: {
      beat: (scene) => {
        const { connection, frame, nowUs } = scene;
        const intervalUs = findIntervalUs(connection);
        if (intervalUs === null) return;
        const frameIds = [frame.id];
        scene.later(overdueUs(nowUs, intervalUs, scene), () => {
          if (connection.lastBeat?.frameId !== frame.id || isClosing(connection)) return;
          const waited = inSeconds(scene.nowUs - nowUs);
          scene.report({
            message: `no heartbeat for ${waited}, at an interval of ${inSeconds(intervalUs)}`,
            frameIds,
          });
        });
        const lastUs = connection.lastBeat?.atUs;
        if (lastUs === undefined || nowUs > overdueUs(lastUs, intervalUs, scene)) return;
        if (nowUs - lastUs <= 1.1 * intervalUs + SECOND_US) return;
        scene.report({
          message: `a heartbeat came ${inSeconds(nowUs - lastUs)} after the one before, at an interval of ${inSeconds(intervalUs)}`,
          severity: 'warning',
          frameIds: [connection.lastBeat?.frameId ?? frame.id, frame.id],
        });
      },
    },
  },
  {
    id: 'hb-too-often',
    who: 'client',
    severity: 'info',
    needs: 'connection',
    title: 'Heartbeats come more than twice as often as asked for',
    why: 'Each heartbeat counts for the limit of 120 messages a minute.',
    fix: 'Beat once an interval, and when the gateway asks for it.',
    source: BEATS,
    on: {
      beat: (scene) => {
        const { connection, nowUs } = scene;
        const intervalUs = findIntervalUs(connection);
        const { lastBeat, beatRequest } = connection;
        if (intervalUs === null || lastBeat === null || beatRequest !== null) return;
        const rate = rates.of(connection);
        rate.gaps.push(nowUs - lastBeat.atUs);
        if (rate.gaps.length > KEPT_GAPS) rate.gaps.shift();
        const median = findMedian(rate.gaps);
        if (rate.isReported || rate.gaps.length < ENOUGH_BEATS || median >= intervalUs / 2) return;
        rate.isReported = true;
        scene.report(`every ${inSeconds(median)} a heartbeat, at an interval of ${inSeconds(intervalUs)}`);
      },
    },
  },
  {
    id: 'hb-request-ignored',
    who: 'client',
    severity: 'warning',
    needs: 'connection',
    title: 'The gateway asked for a heartbeat and got none',
    why: 'The gateway takes the client for dead and closes the connection.',
    fix: 'Answer op 1 of the gateway with a heartbeat at once; the regular timer goes on.',
    source: `${SOURCES.gateway}, "Heartbeat Requests"`,
    on: {
      beatRequest: (scene) => {
        const { connection, frame, nowUs, limits } = scene;
        if (connection.beatRequest !== null) return;
        const frameIds = [frame.id];
        scene.later(nowUs + limits.beatRequestMs + limits.networkSlackMs, () => {
          if (connection.beatRequest?.frameId !== frameIds[0] || isClosing(connection)) return;
          scene.report({
            message: `no heartbeat within ${inSeconds(limits.beatRequestMs)} after the request`,
            frameIds,
          });
        });
      },
    },
  },
  {
    id: 'hb-seq-ahead',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'A heartbeat named a sequence number that was never delivered',
    why: 'It acknowledges dispatches that the client cannot have, and a RESUME from there loses them.',
    fix: 'Send the `s` of the last dispatch that was received in this session; forget it when the session is lost.',
    source: BEATS,
    on: {
      beat: (scene, { seq }) => {
        const { connection } = scene;
        if (typeof seq !== 'number' || connection.phase === 'none') return;
        // Until the next READY, a heartbeat may name the sequence number of the earlier session.
        const isBetween = connection.phase !== 'live';
        const known = Math.max(
          connection.highestSeq ?? 0,
          (isBetween ? connection.token?.highestSeq : null) ?? 0,
        );
        if (seq <= known) return;
        scene.report(
          `the heartbeat named ${seq}, and the client has received ${known === 0 ? 'no dispatch' : `up to ${known}`}`,
        );
      },
    },
  },
  {
    id: 'hb-seq-stale',
    who: 'client',
    severity: 'warning',
    needs: 'connection',
    title: 'A heartbeat named an old sequence number',
    why: 'The number is not kept up to date, so that a RESUME will ask for dispatches that the client has.',
    fix: 'Store `s` of every dispatch when it arrives, before it is handled.',
    source: BEATS,
    on: {
      beat: (scene, { seq = null }) => {
        const { connection, limits, nowUs } = scene;
        if (connection.phase !== 'live') return;
        const old = connection.delivered.findOld(nowUs - limits.networkSlackMs, limits.seqGraceMs);
        if (old === null || old === 0 || (seq !== null && typeof seq !== 'number')) return;
        if (seq !== null && seq >= old) return;
        const named = seq === null ? 'no number' : String(seq);
        scene.report(
          `the heartbeat named ${named}; ${old} had been delivered more than ${inSeconds(limits.seqGraceMs)} before`,
        );
      },
    },
  },
  {
    id: 'hb-seq-type',
    who: 'client',
    severity: 'error',
    needs: 'frame',
    title: 'A heartbeat carried no sequence number and no null',
    why: 'The gateway closes with 4002, or cannot tell what the client has received.',
    fix: 'Send `{"op":1,"d":S}` with the last `s` as an integer, or null before the first dispatch.',
    source: `${SOURCES.events}, "Heartbeat"`,
    on: {
      beat: (scene, { seq }) => {
        if (seq === null || (typeof seq === 'number' && Number.isInteger(seq))) return;
        scene.report(
          `the heartbeat's sequence number is ${seq === undefined ? 'missing' : `of type ${typeof seq}`}`,
        );
      },
    },
  },
  {
    id: 'hb-before-hello',
    who: 'client',
    severity: 'info',
    needs: 'connection',
    title: 'A heartbeat came before HELLO',
    why: 'The interval is not known yet.',
    fix: 'Begin with heartbeats when HELLO has arrived.',
    source: BEATS,
    on: {
      beat: (scene) => {
        if (scene.connection.receivedCount === 0) scene.report('a heartbeat came before HELLO');
      },
    },
  },
  {
    id: 'hb-zombie-kept',
    who: 'client',
    severity: 'warning',
    needs: 'connection',
    title: 'The client kept a connection that acknowledges no heartbeats',
    why: 'The link is most likely dead, and events are lost until the client leaves it.',
    fix: 'Close with a code other than 1000 and 1001 when the next heartbeat is due and the last has no acknowledgement, then resume.',
    source: `${SOURCES.gateway}, "Heartbeat ACK"; some libraries wait for two, or for silence`,
    on: {
      beat: (scene) => {
        const { connection, nowUs, frame, limits } = scene;
        const intervalUs = findIntervalUs(connection);
        const { unacked } = connection;
        if (intervalUs === null || unacked === null || connection.unackedCount !== 1) return;
        scene.later(nowUs + intervalUs + limits.networkSlackMs, () => {
          if (connection.unacked !== unacked || isClosing(connection)) return;
          const isAlive = (connection.lastReceivedAtUs ?? 0) > unacked.atUs;
          const since = inSeconds(scene.nowUs - unacked.atUs);
          scene.report({
            message: `no acknowledgement for ${since} and ${connection.unackedCount} heartbeats${isAlive ? ', though other messages came' : ''}`,
            severity: isAlive ? 'info' : 'warning',
            frameIds: [unacked.frameId, frame.id],
          });
        });
      },
    },
  },
  {
    id: 'hb-ack-missing',
    who: 'gateway',
    severity: 'warning',
    needs: 'connection',
    title: 'The gateway did not acknowledge a heartbeat, though it sent other messages',
    why: 'The gateway is half dead, and clients leave such a connection.',
    fix: 'Nothing in the client: check that it reconnects and resumes.',
    source: `${SOURCES.gateway}, "Heartbeat ACK"`,
    on: {
      beat: (scene) => {
        const { connection, frame, nowUs, limits } = scene;
        const intervalUs = findIntervalUs(connection);
        if (intervalUs === null || connection.unacked !== null) return;
        const patienceUs = Math.max(Math.min(intervalUs, limits.ackMs), SECOND_US) + limits.networkSlackMs;
        const frameIds = [frame.id];
        scene.later(nowUs + patienceUs, () => {
          if (connection.unacked?.frameId !== frameIds[0] || isClosing(connection)) return;
          if ((connection.lastReceivedAtUs ?? 0) <= nowUs) return;
          scene.report({ message: `no acknowledgement within ${inSeconds(patienceUs)}`, frameIds });
        });
      },
    },
  },
  {
    id: 'hb-ack-extra',
    who: 'gateway',
    severity: 'info',
    needs: 'connection',
    title: 'The gateway acknowledged more heartbeats than were sent',
    why: 'Something between client and gateway may send heartbeats of its own, and hide that a side is dead.',
    fix: 'Look for another proxy in between.',
    source: BEATS,
    on: {
      ack: (scene) => {
        const { ackCount, beatCount } = scene.connection;
        if (ackCount >= beatCount)
          scene.report(`${ackCount + 1} acknowledgements for ${beatCount} heartbeats`);
      },
    },
  },
  {
    id: 'hb-rtt-growing',
    who: 'gateway',
    severity: 'warning',
    needs: 'connection',
    title: 'Heartbeats take ever longer to be acknowledged',
    why: 'The network is congested, or the client reads too slowly; in the end it is taken for dead.',
    fix: 'Handle events outside of the loop that reads the socket, and drop intents that are not needed.',
    source: 'chosen here: three times the beginning, and more than half a second',
    on: {
      ack: (scene) => {
        const { connection, nowUs, limits } = scene;
        if (connection.unacked === null) return;
        const trip = trips.of(connection);
        const rttUs = nowUs - connection.unacked.atUs;
        if (trip.first.length < ROUND_TRIPS) {
          trip.first.push(rttUs);
          return;
        }
        trip.last.push(rttUs);
        if (trip.last.length > ROUND_TRIPS) trip.last.shift();
        if (trip.isReported || trip.last.length < ROUND_TRIPS) return;
        const [before, after] = [findMedian(trip.first), findMedian(trip.last)];
        if (after <= GROWTH * before || after <= limits.roundTripMs) return;
        trip.isReported = true;
        scene.report(`the round trip grew from ${inSeconds(before)} to ${inSeconds(after)}`);
      },
    },
  },
]);
