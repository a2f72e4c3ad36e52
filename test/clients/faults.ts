/**
 * Every fault of the mock, put to a client library: what it does about each is what outcomes.ts says.
 *
 * The faults that damage messages are put to it in each of its transports, the others in one. All go on at the same
 * time, a few at once: most of each is waiting.
 */
import { describe, expect, it, vi } from 'vitest';
import { nameOf, type Variant } from './journey.js';
import { whyNot } from './libraries.js';
import { Ordeal } from './ordeal.js';
import { caseOf, OUTCOMES, TRIED, type Library } from './outcomes.js';

// Far longer than a busy machine keeps a process waiting, so that an ACK is late because of the fault; short enough to wait for.
const SHORT_HEARTBEAT_MS = 2_000;
// Too long for a client to beat by itself.
const LONG_HEARTBEAT_MS = 1_000_000_000;
const PATIENCE_MS = 50_000;

/** Describes what a library does about each fault. */
export function describeFaults(library: Library, variants: readonly Variant[]): void {
  const trials = variants.flatMap((variant) =>
    TRIED.map((fault) => ({ fault, transport: nameOf(variant), variant })).filter(
      ({ fault, transport }) => OUTCOMES[caseOf(fault, transport)]?.[library] !== undefined,
    ),
  );
  describe.concurrent(`${library} against a mock with`, () => {
    // Every trial is listed, so that a library that is not installed shows as skipped tests (journey.ts prints why).
    it.for(trials)('$fault over $transport', async ({ fault, transport, variant }, { skip }) => {
      const reason = whyNot(variant.needs);
      skip(reason !== null, reason ?? undefined);
      const isAboutHeartbeats = /^(?:drop-ack|stall)/.test(fault);
      await using ordeal = await Ordeal.begin(
        variant,
        fault,
        isAboutHeartbeats ? SHORT_HEARTBEAT_MS : LONG_HEARTBEAT_MS,
      );
      if (fault === 'resume-refused') {
        await ordeal.logbook.until(() => ordeal.logbook.dispatches.length === 7);
        ordeal.mock.disconnect(4000);
      }
      const outcome = OUTCOMES[caseOf(fault, transport)]?.[library];
      await vi.waitFor(() => expect(ordeal.outcome).toEqual(outcome), { timeout: PATIENCE_MS, interval: 10 });
    });
  });
}
