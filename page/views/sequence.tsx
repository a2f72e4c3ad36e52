/**
 * The sequence diagram of a session: client, gatetape, gateway and API; equal messages in a row are one step.
 */
import type { JSX } from 'preact';
import { PARTIES, type Flow, type FlowStep, type Party } from '../../src/flow/diagram.js';
import { describeAnswer, describeStep, formatClock } from '../../src/flow/describe.js';
import type { FlowAnswer } from '../../src/ui/answers.js';
import { plural } from '../../src/units.js';
import { formatDataAddress } from '../data/fetch.js';
import { useAnswer } from '../data/use-answer.js';
import { showText } from '../parts/plain-text.js';
import { AnswerNote } from '../parts/states.js';
import { formatAddress, selectionQuery } from '../state/address.js';

/** The sequence within the selected stretch, with links to download it. */
export function Sequence({ session }: { readonly session: number }): JSX.Element {
  const query = [selectionQuery.value, `session=${session}`].filter((part) => part !== '').join('&');
  const answer = useAnswer<FlowAnswer>(formatDataAddress('/flow', query));
  const flow = answer.data?.flow ?? null;
  return (
    <div class="sequence">
      <div class="chart-head">
        <h3>Sequence</h3>
        <span class="spring" />
        <a href={`/flow/svg?${query}`} download>
          SVG
        </a>
        <a href={`/flow/mmd?${query}`} download>
          Mermaid
        </a>
      </div>
      {flow === null || answer.failure !== null ? <AnswerNote answer={answer} /> : <Steps flow={flow} />}
    </div>
  );
}

function Steps({ flow }: { readonly flow: Flow }): JSX.Element {
  return (
    <div class="steps" role="table" aria-label="Sequence">
      <div class="steps-head" role="row">
        <span role="columnheader">time</span>
        {PARTIES.map((party) => (
          <span key={party} role="columnheader">
            {party}
          </span>
        ))}
      </div>
      {flow.steps.map((step, index) => (
        <Step key={index} step={step} flow={flow} />
      ))}
      {flow.leftOut > 0 && (
        <p class="dim">{plural(flow.leftOut, 'step')} not drawn: select a shorter stretch of time</p>
      )}
    </div>
  );
}

function Step({ step, flow }: { readonly step: FlowStep; readonly flow: Flow }): JSX.Element {
  const words = showText(describeStep(step, flow));
  const said = describeAnswer(step);
  const isArrow = step.type === 'message' && step.from !== step.to;
  const [first, last] = findColumns(step.from, step.to);
  return (
    <div class={`step kind-${step.type} ${step.tone}`} role="row">
      <time role="cell">{formatClock(step.atUs, flow)}</time>
      <span
        role="cell"
        class={isArrow ? `step-arrow ${isLeftward(step) ? 'left' : 'right'}` : 'step-note'}
        style={isArrow ? { gridColumn: `${first + 2} / ${last + 2}` } : {}}
      >
        <span class="step-words">
          <span class="hidden">{isArrow ? `${step.from} to ${step.to}: ` : ''}</span>
          {step.frameId === null ? (
            words
          ) : (
            <a href={formatAddress({ view: 'frames', id: step.frameId, filter: '' })}>{words}</a>
          )}
          {said !== null && <span class="step-answer"> ⇠ {showText(said)}</span>}
        </span>
      </span>
    </div>
  );
}

function isLeftward({ from, to }: FlowStep): boolean {
  return PARTIES.indexOf(to) < PARTIES.indexOf(from);
}

function findColumns(from: Party, to: Party): readonly [first: number, last: number] {
  const one = PARTIES.indexOf(from);
  const other = PARTIES.indexOf(to);
  return [Math.min(one, other), Math.max(one, other)];
}
