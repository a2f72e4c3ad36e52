/**
 * Diagrams as text: a line for each step, lifelines at the left and words at the right.
 *
 *   14:02:10.123     ├─────────┼────────►│         │   IDENTIFY: discord.js, shard 0/1
 */
import { printable } from '../printable.js';
import { describeAnswer, describeStep, findNewDay, formatClock, summarize } from './describe.js';
import { PARTIES, type Flow, type FlowStep, type FlowTone, type Party } from './diagram.js';

/** Options of the text. */
export interface FlowCanvas {
  /** Adds the style of a tone to a text. */
  readonly style: (tone: FlowTone, text: string) => string;
  /** Columns of the terminal; Infinity without one. */
  readonly width: number;
}

const PLAIN: FlowCanvas = { style: (_tone, text) => text, width: Infinity };

/** Column of the first lifeline, and the distance between two lifelines. */
const [FIRST, STRIDE] = [2, 10];
const LANES_WIDTH = FIRST + STRIDE * (PARTIES.length - 1) + 3;
const CLOCK_WIDTH = 12;
/** Least columns for words, however narrow the terminal is. */
const LEAST_WORDS = 20;

/** Lines of a diagram, without line ends. */
export function* formatFlowText(flow: Flow, canvas: FlowCanvas = PLAIN): Generator<string, void> {
  const clock = (flow.hasDates ? 'AT (UTC)' : 'AT').padEnd(CLOCK_WIDTH);
  yield `${clock}  ${PARTIES.map((party) => party.padEnd(STRIDE)).join('')}`.trimEnd();
  for (const [index, step] of flow.steps.entries()) {
    const day = findNewDay(step, flow.steps[index - 1], flow);
    if (day !== null) yield `${day.padEnd(CLOCK_WIDTH)}  ${drawLanes('│')}`.trimEnd();
    yield formatLine(step.atUs, drawStep(step), describeStep(step, flow), step.tone, flow, canvas);
    const answer = describeAnswer(step);
    if (answer === null) continue;
    yield formatLine(step.untilUs, drawArrow(step.to, step.from, '╌'), answer, step.tone, flow, canvas);
  }
  yield summarize(flow);
}

function formatLine(
  atUs: number,
  lanes: string,
  words: string,
  tone: FlowTone,
  flow: Flow,
  { style, width }: FlowCanvas,
): string {
  const head = `${formatClock(atUs, flow).padStart(CLOCK_WIDTH)}  ${lanes}  `;
  return head + style(tone, cut(printable(words), Math.max(LEAST_WORDS, width - Array.from(head).length)));
}

function cut(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}

function drawStep({ type, from, to }: FlowStep): string {
  switch (type) {
    case 'message':
      return drawArrow(from, to, '─');
    case 'cut':
      return drawLanes('┊');
    case 'gap':
      return drawBetween(from, to, '░');
    case 'note':
      return drawBetween(from, to, '·');
  }
}

function place(party: Party): number {
  return FIRST + STRIDE * PARTIES.indexOf(party);
}

function drawLanes(line: string): string {
  return drawOver(line, () => null);
}

/** Lifelines with an arrow; lifelines that it crosses stay visible. */
function drawArrow(from: Party, to: Party, line: string): string {
  const [start, end] = [place(from), place(to)];
  const [left, right] = [Math.min(start, end), Math.max(start, end)];
  const tip = start < end ? end - 1 : end + 1;
  return drawOver('│', (column, isLane) => {
    if (column < left || column > right || column === end) return null;
    if (column === start) return start < end ? '├' : '┤';
    if (column === tip) return start < end ? '►' : '◄';
    return isLane ? '┼' : line;
  });
}

function drawBetween(from: Party, to: Party, filling: string): string {
  const [left, right] = [Math.min(place(from), place(to)), Math.max(place(from), place(to))];
  return drawOver('│', (column, isLane) => (isLane || column < left || column > right ? null : filling));
}

function drawOver(lane: string, draw: (column: number, isLane: boolean) => string | null): string {
  const columns = Array.from({ length: LANES_WIDTH }, (_, column) => {
    const isLane = column >= FIRST && (column - FIRST) % STRIDE === 0;
    return draw(column, isLane) ?? (isLane ? lane : ' ');
  });
  return columns.join('');
}
