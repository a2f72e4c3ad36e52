/** Diagrams as SVG; test/clients/diagrams.test.ts has libxml2 read them, and a browser draw them. */
import { describe, expect, it } from 'vitest';
import { formatFlowSvg } from '../../src/flow/svg.js';
import { flowOf, flowStep, HOSTILE_TEXTS } from '../support/flows.js';

const format = (...steps: Parameters<typeof flowOf>): string =>
  [...formatFlowSvg(flowOf(...steps))].join('\n');

describe('a diagram as SVG', () => {
  it('has a row for each step, with the id of its frame, and one for each answer and day', () => {
    const svg = format([
      flowStep('READY', { frameId: 7, tone: 'strong' }),
      flowStep('GET /x', { from: 'client', to: 'API', answer: '200' }),
      flowStep('gap', { type: 'gap', from: 'gatetape' }),
      flowStep('note', { type: 'note' }),
      flowStep('cut', { type: 'cut' }),
    ]);
    expect([...svg.matchAll(/<g class="flow-(\w+) /g)].map(([, shape]) => shape)).toEqual([
      'day',
      'message',
      'message',
      'answer',
      'gap',
      'note',
      'cut',
    ]);
    expect(svg).toContain('<g class="flow-message flow-strong" data-frame="7"><title>READY</title>');
  });

  it('cuts words that are longer than their arrow, and has them whole as a title', () => {
    const long = 'EVENT_'.repeat(30);
    const svg = format([flowStep(long)]);
    expect(svg).toContain(`<title>${long}</title>`);
    expect(svg).toMatch(/>EVENT_[A-Z_]+…<\/text>/);
  });

  it('has no script, style, link, or anything that a text brings', () => {
    const svg = format(HOSTILE_TEXTS.map((text) => flowStep(text, { answer: text })));
    const tags = new Set([...svg.matchAll(/<\/?(\w+)/g)].map(([, tag]) => tag));
    expect([...tags].sort()).toEqual(['g', 'line', 'path', 'rect', 'svg', 'text', 'title']);
    expect(svg.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|style=/);
    // eslint-disable-next-line no-control-regex
    expect(svg).not.toMatch(/[\u0000-\u0009\u000b-\u001f\ufffe\uffff\p{Cs}]/u);
  });
});
