/**
 * Mode: whether a test is played from its tape, or records it.
 *
 *   none  plays; there is no way to the network in it
 *   once  records when there is no tape yet, and plays from then on
 *   all   records each time
 *
 * `GATETAPE_TAPE_MODE` comes before what the test says, so that a run can record anew without a change to the tests.
 */
import { choiceKind, requireKind } from '../config/kinds.js';
import { formerTapeMode, RENAMED, TAPE_MODE_VARIABLE, TAPE_MODES } from '../config/load.js';

/** One of `TAPE_MODES`. */
export type Mode = (typeof TAPE_MODES)[number];

/** Variables that decide about the mode. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Mode of a test that asks for `asked`, if for any: without a word `none` in CI, else `once`. Throws UsageError. */
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

/** Whether a test records, given that its tape is there or not. */
export function isRecording(mode: Mode, hasTape: boolean): boolean {
  return mode === 'all' || (mode === 'once' && !hasTape);
}

function isSet(flag: string): boolean {
  return flag !== '' && flag !== 'false' && flag !== '0';
}
