/**
 * Rules of the protocol that no recording can show to be broken, each with the reason. They are listed so that a reader
 * does not take them for judged.
 */
import type { UnjudgedRule } from './rule.js';

type Row = readonly [id: string, who: UnjudgedRule['who'], severity: UnjudgedRule['severity'], title: string];

const ONE_LEG = 'the recorder keeps one copy of each message: what one leg got, the other got too';
const VOICE = 'the voice gateway is not recorded';
const DIALLED =
  'the recorder dials only the hosts that it is set up for, so that no recording holds a breach';
const BUFFERS = 'how full the buffers of the relay were is not recorded';

const BY_REASON: Readonly<Record<string, readonly Row[]>> = {
  [ONE_LEG]: [
    ['hb-proxy-acked', 'proxy', 'error', 'A proxy acknowledged a heartbeat itself'],
    ['cl-proxy-changed', 'proxy', 'error', 'A proxy changed the code or reason of a close frame'],
    ['px-bytes-differ', 'proxy', 'error', 'A message differs between the legs'],
  ],
  [BUFFERS]: [['ef-slow-reader', 'client', 'warning', 'The client reads too slowly']],
  [DIALLED]: [['sec-token-host', 'client', 'error', 'A token went to a foreign host']],
  [VOICE]: [
    ['vc-no-dave', 'client', 'error', 'A voice client does not speak DAVE'],
    ['vc-json-binary', 'client', 'error', 'A voice client sends JSON in binary messages'],
    ['vc-seq-ack', 'client', 'warning', 'A voice heartbeat acknowledges a wrong number'],
    ['vc-version', 'client', 'error', 'A voice client asks for an old version'],
    ['vc-port-dropped', 'client', 'error', 'A voice client drops the port of the endpoint'],
    ['vc-stale-token', 'client', 'error', 'A voice client uses an old token'],
    ['vc-stop-ignored', 'client', 'warning', 'A voice client goes on after a close code that forbids it'],
    ['vc-unpaired', 'client', 'info', 'No voice connection followed VOICE_SERVER_UPDATE'],
  ],
};

/** The rules that cannot be judged. */
export const UNJUDGED_RULES: readonly UnjudgedRule[] = Object.entries(BY_REASON).flatMap(([reason, rows]) =>
  rows.map(([id, who, severity, title]) => ({
    id,
    who,
    severity,
    title,
    reason,
    why: '',
    fix: '',
    source: '',
  })),
);
