/** Generated sessions: any course that the protocol allows, as a proxy would have recorded it. */
import fc from 'fast-check';
import type { JsonValue } from '../../../src/gateway/payload.js';
import type { Recording, RecordingStep } from '../../../src/replay/recording.js';
import { ACK, dispatch, HELLO, IDENTIFY, RECONNECT, ready, recording, step } from './steps.js';

type Move =
  | { readonly do: 'dispatch'; readonly event: string; readonly d: JsonValue }
  | { readonly do: 'say'; readonly op: number; readonly d: JsonValue }
  | { readonly do: 'beat' | 'request beat' | 'odd' | 'begin anew' | 'begin anew after closing' }
  | { readonly do: 'ask'; readonly chunks: number; readonly between: number }
  | {
      readonly do: 'come back';
      readonly why: Why;
      readonly lag: number;
      readonly missed: number;
      /** How often RECONNECT comes instead of HELLO first. */
      readonly turnedAway: number;
    };

const WHYS = ['reconnect', 'gateway closes', 'gateway vanishes', 'client closes', 'client vanishes'] as const;
type Why = (typeof WHYS)[number];

/** Names of secrets that are short enough to be drawn. */
const SECRET_NAME = /"(?:ip|sdp)":/i;

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('dispatch' as const),
      event: fc.constantFrom('A', 'B', 'GUILD_MEMBERS_CHUNK', 'VOICE_STATE_UPDATE'),
      d: fc.oneof(
        fc.jsonValue({ maxDepth: 1 }).filter((value) => !SECRET_NAME.test(JSON.stringify(value))),
        fc.constant({ guild_id: '5', user_id: '1' }),
      ) as fc.Arbitrary<JsonValue>,
    }),
  },
  fc.record({
    do: fc.constant('say' as const),
    op: fc.constantFrom(3, 4, 8, 14, 31, 41, 99),
    d: fc.constantFrom<JsonValue>(null, { guild_id: '5' }, { guild_id: '6', channel_id: null }),
  }),
  fc.record({ do: fc.constantFrom('beat', 'request beat', 'odd', 'begin anew', 'begin anew after closing') }),
  fc.record({ do: fc.constant('ask' as const), chunks: fc.nat(3), between: fc.nat(2) }),
  fc.record({
    do: fc.constant('come back' as const),
    why: fc.constantFrom(...WHYS),
    lag: fc.nat(3),
    missed: fc.nat(3),
    turnedAway: fc.nat(1),
  }),
);

/** Sessions of up to some dozens of moves. */
export const sessions: fc.Arbitrary<Recording> = fc
  .array(fc.tuple(move, fc.nat(2_000_000)), { maxLength: 40 })
  .map((moves) => {
    const session = new SessionWriter();
    session.open();
    for (const [each, passUs] of moves) session.make(each, passUs);
    return recording(...session.steps);
  });

class SessionWriter {
  readonly steps: RecordingStep[] = [];
  #atUs = 0;
  #connection = 1;
  #life = 1;
  #seq = 0;
  #nonce = 0;
  // Since IDENTIFY; RESUMED takes a number, but is never sent again.
  #sent: { readonly seq: number; readonly again: (connection: number) => RecordingStep }[] = [];

  open(): void {
    this.#gateway(HELLO);
    this.#identify();
  }

  make(move: Move, passUs: number): void {
    this.#atUs += passUs;
    switch (move.do) {
      case 'dispatch':
        this.#dispatch(move.event, move.d);
        return;
      case 'say':
        this.#client(JSON.stringify({ op: move.op, d: move.d }));
        return;
      case 'beat':
        this.#client(JSON.stringify({ op: 1, d: this.#seq }));
        this.#gateway(ACK);
        return;
      case 'request beat':
        this.#gateway('{"t":null,"s":null,"op":1,"d":null}');
        return;
      case 'odd':
        this.#gateway('{"t":null,"s":null,"op":77,"d":[0.0]}');
        return;
      case 'begin anew':
        this.#gateway('{"t":null,"s":null,"op":9,"d":false}');
        this.#identify();
        return;
      case 'begin anew after closing':
        this.#close('client', 1000);
        this.#gateway(HELLO);
        this.#identify();
        return;
      case 'ask':
        this.#ask(move.chunks, move.between);
        return;
      case 'come back':
        this.#comeBack(move);
        return;
    }
  }

  #identify(): void {
    this.#client(IDENTIFY);
    this.#sent = [];
    this.#seq = 0;
    const id = `session-${this.#life++}`;
    this.#emit((connection, atUs, seq) => {
      const step = ready(atUs, seq, id);
      return { ...step, connection };
    });
  }

  #ask(chunks: number, between: number): void {
    const nonce = String(this.#nonce++);
    this.#client(JSON.stringify({ op: 8, d: { guild_id: '5', nonce } }));
    for (let count = 0; count < between; count += 1) this.#dispatch('A', { between: count });
    for (let index = 0; index < chunks; index += 1) {
      this.#dispatch('GUILD_MEMBERS_CHUNK', {
        guild_id: '5',
        chunk_index: index,
        chunk_count: chunks,
        nonce,
      });
    }
  }

  #comeBack({ why, lag, missed, turnedAway }: Move & { do: 'come back' }): void {
    if (why === 'reconnect') this.#gateway(RECONNECT);
    if (why === 'gateway closes') this.#close('gateway', 4000);
    else if (why === 'gateway vanishes') this.#close('gateway', null);
    else this.#close('client', why === 'client vanishes' ? null : 4200);
    for (let count = 0; count < turnedAway; count += 1) {
      this.#gateway(RECONNECT);
      this.#close('client', 4200);
    }
    const seq = Math.max(1, this.#seq - lag);
    this.#gateway(HELLO);
    this.#client(JSON.stringify({ op: 6, d: { token: 'redacted:1', session_id: 'any', seq } }));
    for (const sent of this.#sent.filter((each) => each.seq > seq)) {
      this.steps.push({ ...sent.again(this.#connection), atUs: this.#atUs });
    }
    for (let count = 0; count < missed; count += 1) this.#dispatch('MISSED', { count });
    this.#emit((connection, atUs, own) => dispatch(atUs, own, 'RESUMED', { _trace: [] }, connection));
    this.#sent.pop();
  }

  #close(sender: 'client' | 'gateway', code: number | null): void {
    this.steps.push({
      type: 'close',
      connection: this.#connection,
      atUs: this.#atUs,
      sender,
      code,
      reason: '',
    });
    this.#connection += 1;
    this.#atUs += 1000;
  }

  #dispatch(event: string, d: JsonValue): void {
    this.#emit((connection, atUs, seq) => dispatch(atUs, seq, event, d, connection));
  }

  #emit(make: (connection: number, atUs: number, seq: number) => RecordingStep): void {
    this.#seq += 1;
    const { atUs, seq } = { atUs: this.#atUs, seq: this.#seq };
    this.#sent.push({ seq, again: (connection) => make(connection, atUs, seq) });
    this.steps.push(make(this.#connection, atUs, seq));
    this.#atUs += 10;
  }

  #client(text: string): void {
    this.steps.push(step(this.#atUs, this.#connection, 'client', text));
    this.#atUs += 10;
  }

  #gateway(text: string): void {
    this.steps.push(step(this.#atUs, this.#connection, 'gateway', text));
    this.#atUs += 10;
  }
}
