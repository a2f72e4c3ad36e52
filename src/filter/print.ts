/**
 * Printer of the filter language: tree to text, which the parser reads back as the same tree.
 */
import { assertNever } from '../errors.js';
import { hasGlobChars } from './glob.js';
import type { FieldTerm, Filter, FilterValue, KeyTerm } from './nodes.js';
import { quote } from './scanner.js';

const PLAIN_STEP = /^[\w$-]+$/;
// Begins with nothing that has a meaning, and holds no white space, colon, star, parenthesis or quotation mark.
const PLAIN_WORD = /^[^\s()":*/-][^\s()":*]*$/;
const RESERVED = /^(?:or|and|not)$/i;
const PLAIN_VALUE = /^[^\s(),"]+$/;

/** Text of a filter; empty for one that lets everything through. */
export function printFilter(filter: Filter): string {
  switch (filter.type) {
    case 'all':
      return filter.parts.map((part) => printPart(part, part.type === 'any')).join(' ');
    case 'any':
      return filter.parts.map((part) => printPart(part, false)).join(' or ');
    case 'not':
      return `-${printPart(filter.part, filter.part.type === 'all' || filter.part.type === 'any')}`;
    case 'key':
      return `${filter.key}:${printValues(filter)}`;
    case 'field':
      return `${printPath(filter.path)}:${printValues(filter)}`;
    case 'text':
      return PLAIN_WORD.test(filter.text) && !RESERVED.test(filter.text) ? filter.text : quote(filter.text);
    case 'pattern':
      return `/${filter.source}/${filter.flags}`;
    default:
      return assertNever(filter);
  }
}

/** Text of a path, such as `d.embeds[0].title`. */
function printPath(path: FieldTerm['path']): string {
  const steps = path.map((step, index) => {
    if (typeof step === 'number') return `[${step}]`;
    if (!PLAIN_STEP.test(step)) return `[${quote(step)}]`;
    return index === 0 ? step : `.${step}`;
  });
  return steps.join('');
}

/** A part in its place; `()` for one that lets everything through. */
function printPart(part: Filter, needsParentheses: boolean): string {
  const text = printFilter(part);
  return needsParentheses || text === '' ? `(${text})` : text;
}

function printValues(term: KeyTerm | FieldTerm): string {
  const print = (value: FilterValue): string => printValue(value, term.type === 'field');
  return [...term.include.map(print), ...term.exclude.map((value) => `!${print(value)}`)].join(',');
}

function printValue(value: FilterValue, isField: boolean): string {
  switch (value.type) {
    case 'any':
      return '*';
    case 'is':
      return value.isQuoted ? quote(value.text) : value.text;
    case 'glob':
      return printGlob(value.text, isField);
    case 'compare':
      return `${value.operator}${value.isQuoted ? quote(value.text) : value.text}`;
    case 'between':
      return `${value.low}..${value.high}`;
    default:
      return assertNever(value);
  }
}

/** A glob of a key shows by its characters; one without, or that would mean something else, needs the mark. */
function printGlob(text: string, isField: boolean): string {
  const isPlain = PLAIN_VALUE.test(text);
  const isClear = isPlain && !isField && hasGlobChars(text) && !/^[!<>~]|\.\.|^\*$/.test(text);
  return isClear ? text : `~${isPlain ? text : quote(text)}`;
}
