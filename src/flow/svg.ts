/**
 * Diagrams as SVG: one picture, without scripts, styles or external resources.
 *
 * Colours are attributes, because a strict Content-Security-Policy forbids styles. A page that inlines the picture can
 * colour it by the classes. Meaning never depends on colour alone.
 */
import { escapeXml, printable } from '../printable.js';
import { describeAnswer, describeStep, findNewDay, formatClock, summarize } from './describe.js';
import { PARTIES, type Flow, type FlowStep, type FlowTone, type Party } from './diagram.js';
import { shorten } from './labels.js';

/** Sizes in pixels: picture, head, and a row with an arrow or a note. */
const [WIDTH, HEAD, ROW] = [1_000, 44, 34];
/** x of the lifelines, from left to right. */
const LANES: Readonly<Record<Party, number>> = { client: 160, gatetape: 380, gateway: 690, API: 930 };
/** Width of a character of a text, in pixels, on average. */
const CHARACTER = 6.2;
/** Room by which a text may be wider than its arrow, in pixels. */
const OVERHANG = 60;

/** Colours of words on white: at least 4.5 to 1 (WCAG 2.2, 1.4.3). */
const INKS: Readonly<Record<FlowTone, string>> = {
  plain: '#1a1a1a',
  strong: '#0050a0',
  quiet: '#666666',
  bad: '#a83400',
};
const RULE = '#bbbbbb';

/** Lines of a picture, without line ends. */
export function* formatFlowSvg(flow: Flow): Generator<string, void> {
  const rows = [...listRows(flow)];
  const height = HEAD + rows.length * ROW + ROW;
  const end = height - ROW + 4;
  yield `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" class="flow" font-family="system-ui, sans-serif" font-size="12">`;
  yield `<title>${escapeWords(`Sequence of ${summarize(flow)}`)}</title>`;
  yield `<rect class="flow-ground" width="${WIDTH}" height="${height}" fill="#ffffff"/>`;
  for (const party of PARTIES) {
    const x = LANES[party];
    yield `<line class="flow-lane" x1="${x}" y1="${HEAD - 12}" x2="${x}" y2="${end}" stroke="${RULE}"/>`;
    yield `<text class="flow-party" x="${x}" y="22" text-anchor="middle" font-weight="bold" fill="${INKS.plain}">${party}</text>`;
  }
  for (const [index, row] of rows.entries()) yield drawRow(row, HEAD + index * ROW, flow);
  yield `<text class="flow-summary" x="8" y="${height - 10}" fill="${INKS.quiet}">${escapeWords(summarize(flow))}</text>`;
  yield '</svg>';
}

/** A day, an arrow or a note, or the answer to an arrow. */
interface Row {
  readonly shape: FlowStep['type'] | 'day' | 'answer';
  readonly atUs: number | null;
  readonly from: Party;
  readonly to: Party;
  readonly words: string;
  readonly tone: FlowTone;
  readonly frameId: number | null;
}

function* listRows(flow: Flow): Generator<Row, void> {
  for (const [index, step] of flow.steps.entries()) {
    const { type, from, to, tone, atUs, untilUs, frameId } = step;
    const day = findNewDay(step, flow.steps[index - 1], flow);
    if (day !== null) {
      yield { shape: 'day', atUs: null, from: 'client', to: 'API', words: day, tone: 'quiet', frameId: null };
    }
    yield { shape: type, atUs, from, to, words: describeStep(step, flow), tone, frameId };
    const answer = describeAnswer(step);
    if (answer === null) continue;
    yield { shape: 'answer', atUs: untilUs, from: to, to: from, words: answer, tone, frameId: null };
  }
}

function drawRow(row: Row, top: number, flow: Flow): string {
  const { shape, atUs, from, to, words, tone, frameId } = row;
  const [start, end] = [LANES[from], LANES[to]];
  const y = top + ROW - 10;
  const ink = INKS[tone];
  const whole = escapeWords(words);
  const short = escapeWords(shorten(words, Math.floor((Math.abs(end - start) + OVERHANG) / CHARACTER)));
  const clock =
    atUs === null
      ? ''
      : `<text class="flow-clock" x="8" y="${y + 4}" fill="${INKS.quiet}">${escapeWords(formatClock(atUs, flow))}</text>`;
  // A white outline keeps words readable over lifelines.
  const text = `<text class="flow-words" x="${(start + end) / 2}" y="${y - 6}" text-anchor="middle" fill="${ink}" stroke="#ffffff" stroke-width="4" paint-order="stroke">${short}</text>`;
  const frame = frameId === null ? '' : ` data-frame="${frameId}"`;
  return `<g class="flow-${shape} flow-${tone}"${frame}><title>${whole}</title>${clock}${drawShape(shape, start, end, y, ink)}${text}</g>`;
}

function drawShape(shape: Row['shape'], start: number, end: number, y: number, ink: string): string {
  switch (shape) {
    case 'message':
    case 'answer': {
      const back = start < end ? end - 8 : end + 8;
      const dashes = shape === 'answer' ? ' stroke-dasharray="4 3"' : '';
      return `<line x1="${start}" y1="${y}" x2="${end}" y2="${y}" stroke="${ink}"${dashes}/><path d="M${end} ${y}L${back} ${y - 4}L${back} ${y + 4}Z" fill="${ink}"/>`;
    }
    case 'gap': {
      const hatches = Array.from({ length: Math.floor((end - start) / 8) }, (_, index) => {
        const x = start + index * 8;
        return `M${x} ${y + 4}L${x + 8} ${y - 4}`;
      });
      return `<path d="${hatches.join('')}" stroke="${ink}" fill="none"/>`;
    }
    case 'note':
      return `<line x1="${start}" y1="${y}" x2="${end}" y2="${y}" stroke="${ink}" stroke-dasharray="1 4"/>`;
    case 'cut':
    case 'day':
      return `<line x1="${start - 40}" y1="${y}" x2="${end + 40}" y2="${y}" stroke="${RULE}" stroke-dasharray="8 4"/>`;
  }
}

/** Words on one line, whose control characters are made visible. */
function escapeWords(text: string): string {
  return escapeXml(printable(text));
}
