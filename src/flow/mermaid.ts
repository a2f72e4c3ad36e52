/**
 * Diagrams as Mermaid: `sequenceDiagram`, which GitHub, GitLab and many editors draw.
 *
 * Mermaid's language has `;` and line ends between statements, `%%` for comments, `#` for entities, and HTML and KaTeX in
 * texts: every character that is not plain becomes an entity.
 * Source: mermaid.js.org/syntax/sequenceDiagram.html, "Entity codes to escape characters", read 2026-11.
 */
import { printable } from '../printable.js';
import { describeAnswer, describeStep, findNewDay, formatClock, summarize } from './describe.js';
import { PARTIES, type Flow, type FlowStep } from './diagram.js';
import { shorten } from './labels.js';

/** Longest text, in characters: Mermaid draws nothing if a diagram has more than 50,000 in all. */
const LONGEST = 100;

/** Lines of a diagram, without line ends. */
export function* formatFlowMermaid(flow: Flow): Generator<string, void> {
  yield 'sequenceDiagram';
  for (const party of PARTIES) yield `  participant ${party}`;
  for (const [index, step] of flow.steps.entries()) {
    const day = findNewDay(step, flow.steps[index - 1], flow);
    if (day !== null) yield `  Note over client,API: ${escapeMermaid(day)}`;
    const words = `${formatClock(step.atUs, flow)} ${describeStep(step, flow)}`;
    yield `  ${formatPlace(step)}: ${escapeMermaid(shorten(words, LONGEST))}`;
    const answer = describeAnswer(step);
    if (answer !== null) yield `  ${step.to}-->>${step.from}: ${escapeMermaid(shorten(answer, LONGEST))}`;
  }
  yield `  Note over client,API: ${escapeMermaid(summarize(flow))}`;
}

function formatPlace({ type, from, to }: FlowStep): string {
  return type === 'message' ? `${from}->>${to}` : `Note over ${from},${to}`;
}

// A text that begins with `wrap:` or `nowrap:` would lose it.
const OTHER_THAN_PLAIN = /[^\p{L}\p{N} .,:()/×–…+=*!?@&|~^_'-]|ﬂ|¶|^\s*(?:no)?wrap:|\p{Cs}/gu;

/** Escapes any text, so that Mermaid shows it unchanged. */
export function escapeMermaid(text: string): string {
  const words = printable(text).trim();
  // Mermaid does not accept a message without text.
  return words === '' ? '–' : words.replace(OTHER_THAN_PLAIN, escapeAll);
}

function escapeAll(found: string): string {
  return Array.from(found, (character) => {
    const code = character.codePointAt(0) ?? 0;
    // Half of a surrogate pair is not a character: U+FFFD replaces it.
    return `#${code >= 0xd800 && code <= 0xdfff ? 0xfffd : code};`;
  }).join('');
}
