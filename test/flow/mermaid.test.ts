/** Diagrams as Mermaid; test/clients/diagrams.test.ts has Mermaid itself read them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeMermaid, formatFlowMermaid } from '../../src/flow/mermaid.js';
import { flowOf, flowStep, HOSTILE_TEXTS } from '../support/flows.js';

describe('a diagram as Mermaid', () => {
  it('has participants, arrows, answers and notes', () => {
    const flow = flowOf([
      flowStep('HELLO'),
      flowStep('GET /gateway/bot', { from: 'client', to: 'API', answer: '200' }),
      flowStep('2 heartbeats', { type: 'note', from: 'client', to: 'gateway' }),
    ]);
    expect([...formatFlowMermaid(flow)]).toEqual([
      'sequenceDiagram',
      '  participant client',
      '  participant gatetape',
      '  participant gateway',
      '  participant API',
      '  Note over client,API: 2027-01-15 UTC',
      '  gateway->>client: 08:00:00.000 HELLO',
      '  client->>API: 08:00:00.000 GET /gateway/bot',
      '  API-->>client: 200',
      '  Note over client,gateway: 08:00:00.000 2 heartbeats',
      '  Note over client,API: 3 frames in 3 steps',
    ]);
  });

  it('writes whatever is not plain as an entity', () => {
    const any = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE_TEXTS));
    fc.assert(
      fc.property(any, (text) => {
        expect(escapeMermaid(text)).toMatch(/^(?:[\p{L}\p{N} .,:()/×–…+=*!?@&|~^_'-]|#\d+;)+$/u);
      }),
    );
  });

  it('stays below what Mermaid draws, with texts as long as can be', () => {
    const steps = Array.from({ length: 200 }, () => flowStep('EVENT_'.repeat(100)));
    expect([...formatFlowMermaid(flowOf(steps))].join('\n').length).toBeLessThan(50_000);
  });
});
