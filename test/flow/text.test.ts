/** Diagrams as text: one line for each step, in columns. */
import { describe, expect, it } from 'vitest';
import { formatFlowText } from '../../src/flow/text.js';
import { flowOf, flowStep, HOSTILE_TEXTS } from '../support/flows.js';

const AT_US = 1_800_000_000_000_000;

describe('a diagram as text', () => {
  it('has lanes, times and words', () => {
    const flow = flowOf(
      [
        flowStep('IDENTIFY', { from: 'client', to: 'gateway' }),
        flowStep('PRESENCE_UPDATE', { count: 12, untilUs: AT_US + 3_100_000 }),
        flowStep('GET /gateway/bot', {
          from: 'client',
          to: 'API',
          answer: '200',
          untilUs: AT_US + 85_000,
          tone: 'bad',
        }),
        flowStep('gap: 1 B', { type: 'gap', from: 'gatetape', to: 'gateway' }),
        flowStep('3 heartbeats', { type: 'note', from: 'client', to: 'gateway' }),
        flowStep('9 steps left out', { type: 'cut', atUs: AT_US + 86_400_000_000 }),
      ],
      { calls: 1 },
    );
    expect([...formatFlowText(flow)]).toEqual([
      'AT (UTC)      client    gatetape  gateway   API',
      '2027-01-15 UTC    │         │         │         │',
      '08:00:00.000    ├─────────┼────────►│         │    IDENTIFY',
      '08:00:00.000    │◄────────┼─────────┤         │    12 × PRESENCE_UPDATE, 3.1 s',
      '08:00:00.000    ├─────────┼─────────┼────────►│    GET /gateway/bot',
      '08:00:00.085    │◄╌╌╌╌╌╌╌╌┼╌╌╌╌╌╌╌╌╌┼╌╌╌╌╌╌╌╌╌┤    200 after 85 ms',
      '08:00:00.000    │         │░░░░░░░░░│         │    gap: 1 B',
      '08:00:00.000    │·········│·········│         │    3 heartbeats',
      '2027-01-16 UTC    │         │         │         │',
      '08:00:00.000    ┊         ┊         ┊         ┊    9 steps left out',
      '6 frames and 1 REST call in 6 steps',
    ]);
  });

  it('counts time from the first step where there are no dates', () => {
    const flow = flowOf([flowStep('A', { atUs: -1_500 }), flowStep('B', { atUs: 12_345_678 })], {
      hasDates: false,
    });
    const clocks = [...formatFlowText(flow)].map((line) => line.slice(0, 12).trim());
    expect(clocks).toEqual(['AT', '−0.002 s', '+12.346 s', '2 frames in']);
  });

  it('fits the width of a terminal, and shows words in the style of their tone', () => {
    const flow = flowOf([flowStep('A'.repeat(200), { tone: 'bad' })]);
    const style = (tone: string, text: string): string => `<${tone}>${text}`;
    const [, , line = ''] = formatFlowText(flow, { style, width: 80 });
    expect(line).toContain('<bad>AAA');
    expect(Array.from(line.replace('<bad>', ''))).toHaveLength(80);
    expect(line.endsWith('…')).toBe(true);
  });

  it.each(HOSTILE_TEXTS)('keeps %j on one line, without control characters', (text) => {
    const lines = [...formatFlowText(flowOf([flowStep(text, { answer: text })]))];
    expect(lines).toHaveLength(5);
    // eslint-disable-next-line no-control-regex
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
  });
});
