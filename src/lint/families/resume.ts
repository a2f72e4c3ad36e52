/**
 * Rules about RESUME. When a client has to send it: reconnect.ts.
 */
import { findCloseCode } from '../../gateway/close-codes.js';
import { isPlaceholder } from '../../gateway/redact/placeholder.js';
import { readUrl } from '../../wire/url.js';
import type { LintedConnection } from '../events.js';
import type { SessionLife } from '../facts.js';
import { findKnownSession, findWholeSession } from '../history.js';
import { defineRules, type Rule } from '../rule.js';
import { inSeconds, SOURCES } from '../words.js';

const RESUMING = `${SOURCES.gateway}, "Resuming"`;
/** Prefix of the path in READY's rewritten `resume_gateway_url`. */
const RESUME_PATH = '/r/';

function findHost(url: string): string | null {
  return readUrl(url)?.host ?? null;
}

/** Whether a client did not use the URL that the recorder had written into READY. */
function isAstray({ relayMode }: SessionLife, { mode, path }: LintedConnection): boolean {
  const isLed = mode === 'reverse' && relayMode !== null && relayMode !== 'verbatim';
  return isLed && !path.startsWith(RESUME_PATH);
}

/** The rules. */
export const RESUME_RULES: readonly Rule[] = defineRules([
  {
    id: 'rs-seq-high',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'RESUME named a sequence number that was never delivered',
    why: 'The gateway closes with 4007, or leaves out what lies in between.',
    fix: 'Send the `s` of the last dispatch that was received in this session.',
    source: RESUMING,
    on: {
      resume: (scene, resume) => {
        const known = findWholeSession(scene.capture, resume)?.seq ?? null;
        if (known === null || resume.seq === null) return;
        if (resume.seq > known) scene.report(`RESUME at ${resume.seq}, and the session is at ${known}`);
      },
    },
  },
  {
    id: 'rs-seq-low',
    who: 'client',
    severity: 'warning',
    needs: 'connection',
    title: 'RESUME named an old sequence number',
    why: 'Dispatches that the client has are sent again, and handled twice.',
    fix: 'Store `s` of every dispatch when it arrives, before it is handled.',
    source: RESUMING,
    on: {
      resume: (scene, resume) => {
        const last = findWholeSession(scene.capture, resume)?.lastEnd ?? null;
        if (last === null) return;
        const old = last.connection.delivered.findOld(last.atUs, scene.limits.seqGraceMs);
        if (old === null || (resume.seq ?? 0) >= old) return;
        scene.report(
          `RESUME at ${resume.seq ?? 'no number'}; ${old} had been delivered ${inSeconds(scene.limits.seqGraceMs)} before the connection ended`,
        );
      },
    },
  },
  {
    id: 'rs-unknown-session',
    who: 'client',
    severity: 'info',
    needs: 'connection',
    title: 'RESUME named a session whose READY was not recorded',
    why: 'It began before the recording, or in another bot’s run.',
    fix: 'Nothing.',
    source: 'chosen here',
    on: {
      resume: (scene, resume) => {
        if (findKnownSession(scene.capture, resume) === null)
          scene.report('the READY of the session is not in the recording');
      },
    },
  },
  {
    id: 'rs-wrong-url',
    who: 'client',
    severity: 'warning',
    needs: 'connection',
    title: 'RESUME did not go to resume_gateway_url',
    why: 'Such sessions are disconnected more often.',
    fix: 'Connect to READY’s `resume_gateway_url` for a RESUME.',
    source: RESUMING,
    on: {
      resume: (scene, resume) => {
        const session = findKnownSession(scene.capture, resume);
        const { opened } = scene.connection;
        const url = session?.ready?.resumeUrl;
        if (session === null || opened === null || url == null) return;
        if (isPlaceholder(url)) {
          if (isAstray(session, opened)) scene.report('RESUME went to the URL for new sessions');
          return;
        }
        const [asked, used] = [findHost(url), findHost(opened.upstreamUrl)];
        if (asked !== null && used !== null && asked !== used) {
          scene.report(`RESUME went to ${used}, not to ${asked}`);
        }
      },
    },
  },
  {
    id: 'rs-params-changed',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'RESUME came on a connection with other parameters',
    why: 'Version and encoding have to be those of the session.',
    fix: 'Use the same `v` and `encoding` in the URL.',
    source: RESUMING,
    on: {
      resume: (scene, resume) => {
        const before = findKnownSession(scene.capture, resume)?.origin?.transport ?? null;
        const now = scene.connection.opened?.transport ?? null;
        if (before === null || now === null) return;
        const isOther = before.version !== now.version || before.encoding !== now.encoding;
        const shown = (of: typeof now): string => `v=${of.version ?? 'none'}, ${of.encoding}, ${of.compress}`;
        if (!isOther && before.compress === now.compress) return;
        scene.report({
          message: `the session began with ${shown(before)}, RESUME came with ${shown(now)}`,
          severity: isOther ? 'error' : 'info',
        });
      },
    },
  },
  {
    id: 'rs-after-fatal',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'RESUME of a session that a close code had ended',
    why: 'It cannot succeed.',
    fix: 'Identify after 4007 and 4009; after 4004 and 4010 to 4014 do not reconnect at all.',
    source: `${SOURCES.codes}, "Gateway Close Event Codes"`,
    on: {
      resume: (scene, resume) => {
        const last = findKnownSession(scene.capture, resume)?.lastEnd ?? null;
        const code = last?.connection.closes.gateway?.code ?? null;
        if (code === null) return;
        const isFatal = findCloseCode(code)?.isReconnectable === false;
        if (!isFatal && code !== 4007 && code !== 4009) return;
        scene.report({
          message: `RESUME after the gateway had closed with ${code}`,
          // Libraries differ about 4007 and 4009.
          severity: isFatal ? 'error' : 'warning',
        });
      },
    },
  },
  {
    id: 'rs-after-op9-false',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'RESUME of a session that INVALID_SESSION had ended',
    why: 'It is refused again, most likely for ever.',
    fix: 'Forget the session on INVALID_SESSION `false`, and identify.',
    source: `${SOURCES.events}, "Invalid Session"`,
    on: {
      resume: (scene, resume) => {
        const refused = findKnownSession(scene.capture, resume)?.refused ?? null;
        if (refused === null) return;
        scene.report({
          message: `RESUME ${inSeconds(scene.nowUs - refused.atUs)} after INVALID_SESSION \`false\``,
          frameIds: [refused.frameId, scene.frame.id],
        });
      },
    },
  },
  {
    id: 'rs-slow',
    who: 'client',
    severity: 'error',
    needs: 'session',
    title: 'RESUME came late',
    why: 'A session lives a few minutes without a connection; about 90 seconds are reported.',
    fix: 'Reconnect within seconds, and identify after minutes.',
    source: `${RESUMING}; api-docs issue 1619; 60 and 180 s are chosen here`,
    on: {
      resume: (scene, resume) => {
        const session = findWholeSession(scene.capture, resume);
        const last = session?.connection === null ? session.lastEnd : null;
        if (last === null) return;
        const awayUs = scene.nowUs - last.atUs;
        if (awayUs <= scene.limits.resumableMs) return;
        scene.report({
          message: `RESUME ${inSeconds(awayUs)} after the last connection had ended`,
          severity: awayUs > scene.limits.lostMs ? 'error' : 'warning',
        });
      },
    },
  },
  {
    id: 'rs-loop',
    who: 'client',
    severity: 'error',
    needs: 'connection',
    title: 'RESUME again and again without an answer',
    why: 'The session is most likely gone, and the client never drops it.',
    fix: 'Identify after a few RESUME that ended without RESUMED.',
    source: 'buape/carbon issue 350; openclaw issue 13061: 38,564 tries in a day',
    on: {
      resume: (scene, resume) => {
        const tries = findKnownSession(scene.capture, resume)?.vainResumes ?? [];
        if (tries.length < scene.limits.resumeTries) return;
        scene.report({
          message: `${tries.length} RESUME of this session in a row ended without RESUMED and INVALID_SESSION`,
          frameIds: [...tries, scene.frame.id],
        });
      },
    },
  },
  {
    id: 'rs-hung',
    who: 'gateway',
    severity: 'warning',
    needs: 'connection',
    title: 'The gateway did not answer RESUME',
    why: 'The session is stuck, and the client waits for ever.',
    fix: 'Give up after half a minute: close, and identify.',
    source: 'api-docs issue 1619; 30 s are chosen here',
    on: {
      resume: (scene) => {
        const { connection, frame, nowUs, limits } = scene;
        const frameIds = [frame.id];
        scene.later(nowUs + limits.readyMs + limits.networkSlackMs, () => {
          const { phase, resume, ackCount } = connection;
          if (phase !== 'resuming' || resume?.frameId !== frameIds[0] || ackCount === 0) return;
          if (connection.dispatchCount > 0) return;
          scene.report({
            message: `neither RESUMED nor INVALID_SESSION within ${inSeconds(limits.readyMs)}`,
            frameIds,
          });
        });
      },
    },
  },
  {
    id: 'rs-replay-gap',
    who: 'gateway',
    severity: 'error',
    needs: 'connection',
    title: 'The replay after RESUME did not begin where the client was',
    why: 'The events in between are lost.',
    fix: 'Fetch by REST what matters, or identify.',
    source: RESUMING,
    on: {
      dispatch: (scene) => {
        const { phase, resume, dispatchCount } = scene.connection;
        const { event, seq } = scene.frame;
        const asked = resume?.resume.seq ?? null;
        if (phase !== 'resuming' || dispatchCount > 0 || asked === null || seq === null) return;
        if (event === 'RESUMED' || seq === asked + 1) return;
        scene.report({
          message: `RESUME asked for what follows ${asked}, and ${seq} came`,
          frameIds: [resume?.frameId ?? scene.frame.id, scene.frame.id],
        });
      },
    },
  },
]);
