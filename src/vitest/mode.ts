/**
 * Mode: whether a test is played from its tape, or records it.
 *
 *   none  plays, and cannot reach the network
 *   once  records if the tape is missing, else plays it
 *   all   records each time
 *
 * `GATETAPE_TAPE_MODE` overrides the mode of the test, so that a run can record again without a change to the tests.
 */
import { choiceKind, requireKind } from '../config/kinds.js';
import { formerTapeMode, RENAMED, TAPE_MODE_VARIABLE, TAPE_MODES } from '../config/load.js';

/** One of `TAPE_MODES`. */
export type Mode = (typeof TAPE_MODES)[number];

/** Variables that determine the mode. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Mode of a test that asks for `asked`; by default `none` in CI, otherwise `once`. Throws UsageError. */
export function chooseMode(asked: Mode | undefined, environment: Environment): Mode {
  const { [TAPE_MODE_VARIABLE]: forced = '', CI = '' } = environment;
  if (forced !== '') return requireKind(TAPE_MODE_VARIABLE, forced, choiceKind(...TAPE_MODES));
  const former = formerTapeMode(environment);
  if (former !== null) {
    process.emitWarning(`GATETAPE_MODE is ${former}: ${RENAMED}`, { code: 'GATETAPE_MODE' });
    return former;
  }
  return asked ?? (isSet(CI) ? 'none' : 'once');
}

/** Whether a test records; `hasTape` is whether its tape exists. */
export function isRecording(mode: Mode, hasTape: boolean): boolean {
  return mode === 'all' || (mode === 'once' && !hasTape);
}

function isSet(flag: string): boolean {
  return flag !== '' && flag !== 'false' && flag !== '0';
}
