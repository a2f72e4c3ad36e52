import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAULT_NAMES, faultRow } from '../../../src/replay/faults/catalogue.js';
import { FaultPlaybook } from '../../support/fault-playbook.js';
import { dispatch, readySession } from '../../support/capture/steps.js';
import { Playbook } from '../../support/replay-playbook.js';

const events = ['A', 'B', 'C', 'D'].map((event, index) => dispatch(30 + index, index + 2, event));
const recorded = readySession(...events);

/** What a client is sent that identifies, and stays until nothing happens any more. */
function served(...faults: string[]): string[] {
  return new FaultPlaybook(recorded, faults).open().pass(5_000_000).done();
}

const HELLO_READY = ['1 < op 10', '1 < READY 1'];

describe('without faults', () => {
  it('the layer does what the script does', () => {
    const playbook = new Playbook(recorded).connect().send({ op: 2, d: {} }).pass(5_000_000);
    expect(served()).toEqual(playbook.done());
  });
});

describe('a payload that', () => {
  it.each([
    ['duplicate', ['A 2', 'A 2', 'B 3', 'C 4', 'D 5']],
    ['skip-seq', ['B 3', 'C 4', 'D 5']],
    ['reorder', ['B 3', 'A 2', 'C 4', 'D 5']],
    ['reorder@seq=5', ['A 2', 'B 3', 'C 4', 'D 5']],
    ['corrupt-stream@event=C', ['A 2', 'B 3', 'C 4 (corrupt)', 'D 5']],
    ['no-flush-suffix', ['A 2 (no suffix)', 'B 3', 'C 4', 'D 5']],
    ['split-message', ['A 2 (split)', 'B 3', 'C 4', 'D 5']],
    ['split-message:suffix@seq=4', ['A 2', 'B 3', 'C 4 (split suffix)', 'D 5']],
    ['heartbeat-request@seq=3', ['A 2', 'B 3', 'op 1', 'C 4', 'D 5']],
    ['duplicate@event=?', ['A 2', 'A 2', 'B 3', 'C 4', 'D 5']],
    ['duplicate@p=1', ['READY 1', 'A 2', 'A 2', 'B 3', 'B 3', 'C 4', 'C 4', 'D 5', 'D 5']],
  ])('%s acts on', (fault, rest) => {
    expect(served(fault)).toEqual([...HELLO_READY, ...rest.map((line) => `1 < ${line}`)]);
  });

  it('several faults act on is changed by each of them', () => {
    expect(served('duplicate@seq=2', 'corrupt-stream@seq=2')).toEqual([
      ...HELLO_READY,
      ...['A 2 (corrupt)', 'A 2 (corrupt)', 'B 3', 'C 4', 'D 5'].map((line) => `1 < ${line}`),
    ]);
  });
});

describe('an interruption', () => {
  const REST = ['2 < op 10', '2 < RESUMED 3', '2 < C 4', '2 < D 5'];

  it.each([
    ['reconnect', '1 < op 7'],
    ['close:4000', '1 closed 4000'],
    ['reset', '1 reset'],
  ])('%s comes when the client has read what came before, and RESUME brings the rest', (name, line) => {
    const playbook = new FaultPlaybook(recorded, [`${name}@seq=3`]);
    playbook.answersPings = false;
    expect(playbook.open().pass(10).done()).toEqual([...HELLO_READY, '1 < A 2', '1 < B 3', '1 ping']);
    expect(playbook.input({ type: 'pong', peer: 1 }).pass(10_000_000).done()).toEqual([line]);
    expect(playbook.isFinished).toBe(false);
    playbook.answersPings = true;
    expect(playbook.comeBack(3, 2).pass(10).done()).toEqual(REST);
    expect(playbook.isFinished).toBe(true);
  });

  it('does not wait for ever', () => {
    const playbook = new FaultPlaybook(recorded, ['close:4000@seq=3']);
    playbook.answersPings = false;
    expect(playbook.open().pass(1_000_000).done().at(-1)).toBe('1 closed 4000');
  });

  it('holds back new payloads only', () => {
    const playbook = new FaultPlaybook(recorded, ['reconnect@seq=3']).open().pass(10);
    playbook.done();
    expect(playbook.send({ op: 1, d: 3 }).input({ type: 'drained', peer: 1 }).pass(10).done()).toEqual([
      '1 < op 11',
    ]);
  });

  it('with a code that ends the session makes RESUME fail', () => {
    const playbook = new FaultPlaybook(recorded, ['close:4009@seq=3']).open().pass(10);
    playbook.done();
    expect(playbook.comeBack(3, 2).pass(10).done()).toEqual(['2 < op 10', '2 < op 9']);
  });

  it('that a payload of the client calls for comes instead of the answer', () => {
    const playbook = new FaultPlaybook(recorded, ['reset@op=6']).open().pass(10);
    playbook.done();
    expect(playbook.comeBack(3, 2).pass(10).done()).toEqual(['2 < op 10', '2 reset']);
    expect(playbook.comeBack(3, 3).pass(10).done()).toEqual([
      '3 < op 10',
      '3 < C 4',
      '3 < D 5',
      '3 < RESUMED 5',
    ]);
  });

  it('invalid-session lets a client identify again on the same connection', () => {
    const playbook = new FaultPlaybook(recorded, ['invalid-session@seq=3']).open().pass(10);
    expect(playbook.done()).toEqual([...HELLO_READY, '1 < A 2', '1 < B 3', '1 < op 9']);
    playbook.send({ op: 2, d: {} }).pass(10);
    expect(playbook.done()).toEqual(['READY 1', 'A 2', 'B 3', 'C 4', 'D 5'].map((line) => `1 < ${line}`));
    expect(playbook.isFinished).toBe(true);
  });

  it('invalid-session:true lets a client resume on the same connection', () => {
    const playbook = new FaultPlaybook(recorded, ['invalid-session:true@seq=3']).open().pass(10);
    playbook.done();
    playbook.send({ op: 6, d: { token: 't', session_id: 'recorded-session', seq: 3 } }).pass(10);
    expect(playbook.done()).toEqual(['1 < RESUMED 3', '1 < C 4', '1 < D 5']);
  });

  it('happens once in a run', () => {
    const playbook = new FaultPlaybook(recorded, ['invalid-session@seq=1', 'reset@t=3600']).open().pass(10);
    playbook.send({ op: 2, d: {} }).pass(10);
    expect(playbook.done().filter((line) => line.endsWith('op 9'))).toHaveLength(1);
  });

  it('comes at its time in seconds', () => {
    const playbook = new FaultPlaybook(recorded, ['close:4000@t=2']).open().pass(1_999_999);
    playbook.done();
    expect(playbook.pass(1).done()).toEqual(['1 closed 4000']);
  });
});

describe('a heartbeat', () => {
  it('drop-ack leaves unanswered for as long as the connection lasts', () => {
    const playbook = new FaultPlaybook(recorded, ['drop-ack']);
    playbook.input({ type: 'connected', peer: 1 }).send({ op: 1, d: null });
    expect(playbook.done()).toEqual(['1 < op 10', '1 < op 11']); // before READY
    playbook.send({ op: 2, d: {} }).pass(10).done();
    expect(playbook.send({ op: 1, d: 5 }).send({ op: 1, d: 5 }).done()).toEqual([]);
    expect(playbook.comeBack(5, 2).send({ op: 1, d: 5 }, 2).done().at(-1)).toBe('2 < op 11');
  });

  it('drop-ack@p= leaves unanswered by chance', () => {
    const playbook = new FaultPlaybook(recorded, ['drop-ack@p=0.5']).open().pass(10);
    playbook.done();
    for (let beat = 0; beat < 200; beat += 1) playbook.send({ op: 1, d: 5 });
    const { length } = playbook.done();
    expect(length).toBeGreaterThan(60);
    expect(length).toBeLessThan(140);
  });
});

describe('time', () => {
  it('stall holds everything back, in order', () => {
    const playbook = new FaultPlaybook(recorded, ['stall:2@seq=3']).open().pass(10);
    playbook.send({ op: 1, d: 2 });
    expect(playbook.pass(1_999_989).done()).toEqual([...HELLO_READY, '1 < A 2']);
    expect(playbook.pass(1).done()).toEqual(['1 < B 3', '1 < C 4', '1 < D 5', '1 < op 11']);
  });

  it('delay lets everything on that connection come late', () => {
    const playbook = new FaultPlaybook(recorded, ['delay:500']).open().pass(499_999);
    expect(playbook.done()).toEqual(HELLO_READY);
    expect(playbook.pass(1).done()).toHaveLength(4);
    expect(playbook.send({ op: 1, d: 5 }).done()).toEqual([]);
    expect(playbook.pass(500_000).done()).toEqual(['1 < op 11']);
  });

  it('delay@p= lets what is drawn come late, and what is behind it', () => {
    const playbook = new FaultPlaybook(recorded, ['delay:500@p=1']).open().pass(499_999);
    expect(playbook.done()).toEqual(['1 < op 10']);
    expect(playbook.pass(1).done()).toHaveLength(5);
    expect(playbook.isFinished).toBe(true);
  });

  it('a dispatch that waits for another one does not wait for ever', () => {
    const late = readySession(dispatch(30, 2, 'A'), dispatch(3_600_000_030, 3, 'B'));
    const playbook = new FaultPlaybook(late, ['reorder'], 1).open().pass(1_000_019);
    expect(playbook.done()).toEqual(HELLO_READY);
    expect(playbook.pass(1).done()).toEqual(['1 < A 2']);
  });
});

describe('what a fault holds back', () => {
  const PRESENCE = { op: 3, d: { since: null, activities: [], status: 'online', afk: false } };

  it('is no time in which a client had to beat, since it did not know the interval', () => {
    const held = fc.record({
      fault: fc.constantFrom('delay', 'stall'),
      seconds: fc.integer({ min: 1, max: 500 }),
    });
    fc.assert(
      fc.property(held, fc.integer({ min: 1, max: 1_000 }), ({ fault, seconds }, intervalMs) => {
        const arg = fault === 'delay' ? seconds * 1000 : seconds;
        const demands = { isStrict: true, heartbeatIntervalMs: intervalMs };
        const playbook = new FaultPlaybook(recorded, [`${fault}:${arg}@op=10`], 'max', 1, demands);
        playbook.input({ type: 'connected', peer: 1 }).pass(seconds * 1_000_000 - 1);
        expect(playbook.done()).toEqual([]);
        expect(playbook.pass(intervalMs * 1500).done()).toEqual(['1 < op 10']);
        // What closes the connection is held back as well.
        expect(playbook.pass(1 + seconds * 1_000_000).done()).toEqual(['1 closed 4009']);
      }),
      { numRuns: 50 },
    );
  });

  it('a client does not know: it is not closed for using a session that is over', () => {
    const playbook = new FaultPlaybook(recorded, ['delay:500@seq=3', 'invalid-session@seq=3']).open();
    expect(playbook.pass(510_000).done().at(-1)).toBe('1 < B 3');
    expect(playbook.send(PRESENCE).send({ op: 1, d: 3 }).pass(600_000).done()).toEqual(
      ['op 9', 'op 11'].map((line) => `1 < ${line}`),
    );
    // It knows then.
    expect(playbook.send(PRESENCE).pass(500_000).done()).toEqual(['1 closed 4003']);
  });

  it('is no time in which a session had to be resumed', () => {
    const demands = { resumeWindowUs: 1_000_000 };
    const faults = ['stall:60@seq=3', 'close:4000@seq=3'];
    const playbook = new FaultPlaybook(recorded, faults, 'max', 1, demands).open();
    expect(playbook.pass(60_000_000).done().at(-1)).toBe('1 closed 4000');
    expect(playbook.pass(500_000).comeBack(3, 2).pass(0).done()).toEqual(
      ['op 10', 'RESUMED 3', 'C 4', 'D 5'].map((line) => `2 < ${line}`),
    );
  });
});

describe('READY and RESUME', () => {
  it('big-ready pads every READY to its size', () => {
    const playbook = new FaultPlaybook(recorded, ['big-ready:100KB']).open(1).open(2).pass(10);
    const readies = playbook.actions.filter((action) => action.type === 'send' && action.event === 'READY');
    expect(readies.map((action) => action.type === 'send' && Buffer.byteLength(action.text))).toEqual([
      100_000, 100_000,
    ]);
  });

  it('resume-refused answers every RESUME with op 9, and IDENTIFY works behind it', () => {
    const playbook = new FaultPlaybook(recorded, ['resume-refused']).open().pass(10);
    playbook.done();
    expect(playbook.comeBack(3, 2).pass(10).done()).toEqual(['2 < op 10', '2 < op 9']);
    expect(playbook.comeBack(3, 3).pass(10).done()).toEqual(['3 < op 10', '3 < op 9']);
    expect(playbook.send({ op: 2, d: {} }, 3).pass(10).done()).toHaveLength(5);
  });
});

describe('API requests', () => {
  it('are refused once, or by chance', () => {
    const once = new FaultPlaybook(recorded, ['api-503']).layer;
    expect([once.refusesRequest(), once.refusesRequest()]).toEqual([true, false]);
    const always = new FaultPlaybook(recorded, ['api-503@p=1']).layer;
    expect([always.refusesRequest(), always.refusesRequest()]).toEqual([true, true]);
    const later = new FaultPlaybook(recorded, ['api-503@event=B']);
    expect(later.layer.refusesRequest()).toBe(false);
    expect(later.open().pass(10).layer.refusesRequest()).toBe(true);
  });
});

describe('a fault while the mock runs', () => {
  it('happens at once to every client with a session', () => {
    const playbook = new FaultPlaybook(recorded)
      .open(1)
      .open(2)
      .input({ type: 'connected', peer: 3 })
      .pass(10);
    playbook.done();
    expect(playbook.fault('close:4000').done()).toEqual(['1 closed 4000', '2 closed 4000']);
    expect(playbook.fault('heartbeat-request').pass(10).done()).toEqual([]);
  });

  it('waits for the first that it can act on', () => {
    const playbook = new FaultPlaybook(recorded).fault('duplicate').fault('reset').open().pass(10);
    expect(playbook.done()).toEqual(['1 < op 10', '1 reset']);
  });

  it('waits for its time', () => {
    const playbook = new FaultPlaybook(recorded).fault('duplicate@seq=4').open().pass(10);
    expect(playbook.done().slice(2)).toEqual(
      ['A 2', 'B 3', 'C 4', 'C 4', 'D 5'].map((line) => `1 < ${line}`),
    );
  });
});

describe('the same recording, client and seed', () => {
  const faultSpec = fc
    .tuple(
      fc.constantFrom(...FAULT_NAMES),
      fc.constantFrom('', '@seq=3', '@p=0.3', '@event=?', '@op=1', '@t=0.001'),
    )
    .map(([name, when]) => `${name}${faultRow(name).argument?.whenLeftOut === null ? ':4000' : ''}${when}`);

  /** Actions of a client that beats, and comes back whenever it is thrown out. */
  function run(faults: readonly string[], seed: number): unknown[] {
    const playbook = new FaultPlaybook(recorded, faults, 'max', seed).open().pass(1_000_000);
    for (let peer = 2; peer < 6; peer += 1) {
      playbook.send({ op: 1, d: 2 }, peer - 1).pass(70_000_000);
      playbook.comeBack(2, peer).pass(1_000_000);
    }
    return playbook.actions;
  }

  it('see the same actions in every run, whatever the faults', () => {
    fc.assert(
      fc.property(fc.array(faultSpec, { maxLength: 4 }), fc.integer(), (faults, seed) => {
        expect(run(faults, seed)).toEqual(run(faults, seed));
      }),
      { numRuns: 200 },
    );
  });

  it('differ with another seed', () => {
    expect(run(['duplicate@p=0.5'], 1)).not.toEqual(run(['duplicate@p=0.5'], 2));
  });
});
