/** Flows for tests: of playbooks (lint-playbook.ts), and of steps with texts that no form may take for its own. */
import { drawCapture, type DrawOptions, type Flow, type FlowStep } from '../../src/library/flow.js';
import type { FrameFilter } from '../../src/store/filter.js';
import { openReader } from '../../src/store/reader.js';
import { storePlaybook } from './lint-playbook.js';

/** Flow of what a filter selects in a playbook's recording. */
export async function drawPlaybook(
  lines: readonly string[],
  filter: FrameFilter = {},
  options: DrawOptions = {},
): Promise<Flow> {
  using reader = openReader(storePlaybook(lines));
  return await drawCapture(reader, filter, options);
}

/** A step with defaults. */
export function flowStep(label: string, more: Partial<FlowStep> = {}): FlowStep {
  return {
    type: 'message',
    atUs: 1_800_000_000_000_000,
    untilUs: 1_800_000_000_000_000,
    from: 'gateway',
    to: 'client',
    label,
    kinds: [],
    count: 1,
    answer: null,
    tone: 'plain',
    connectionId: 1,
    frameId: null,
    wireBytes: 0,
    ...more,
  };
}

/** A flow of these steps. */
export function flowOf(steps: readonly FlowStep[], more: Partial<Flow> = {}): Flow {
  const facts = { hasDates: true, hasSeveralConnections: false, isCoarse: false, leftOut: 0 };
  return { steps, frames: steps.length, calls: 0, ...facts, ...more };
}

/** Texts that a language of diagrams, markup or a terminal would take for its own. */
export const HOSTILE_TEXTS: readonly string[] = [
  'a;b',
  'a#b #35; #quot;',
  '%%{init: {"theme":"dark"}}%%',
  '%% comment',
  'one\ntwo\r\nthree\u2028four',
  'end',
  'wrap: x',
  'nowrap:x',
  'client->>gateway: forged',
  '<img src=x onerror=alert(1)>',
  '</title></svg><script>alert(1)</script>',
  '"quotes" \'and\' `ticks`',
  '$$\\frac{1}{2}$$',
  '\u001b[2J\u0007bell',
  '\u202egnp.exe',
  '\ud800 half \udfff',
  '\ufffe\uffff\u0000',
  'ﬂ°°35¶ß',
  ']]>&amp;&#10;',
  '   ',
  '',
];
