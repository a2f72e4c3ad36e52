/**
 * Every place of the table of secrets, with a secret there in every form that JSON has: the redaction and the tape leave
 * none of it, and the place itself stays readable where nothing is masked.
 */
import { describe, expect, it } from 'vitest';
import type { JsonValue, Payload } from '../../../src/gateway/payload.js';
import { Redactor, type Redaction } from '../../../src/gateway/redact/redact.js';
import { SECRET_TABLE, WRITTEN_KEYS } from '../../../src/gateway/redact/rules.js';
import { anonymise } from '../../../src/replay/tape/anonymous.js';

const MARKER = ['mark', '7vRw3xKp', 'q2Zt'].join('');
/** Digits that no id begins with, of which a number of JSON can consist. */
const DIGITS = ['70917', '32864', '19'].join('');

const FORMS: Readonly<Record<string, (marker: string) => JsonValue>> = {
  text: (marker) => marker,
  number: () => Number(DIGITS),
  array: (marker) => ['x', marker],
  'array of arrays': (marker) => [[['x'], [marker, Number(DIGITS)]]],
  object: (marker) => ({ x: marker, n: Number(DIGITS) }),
  'array of objects': (marker) => [{ x: [{ name: marker }] }],
  key: (marker) => ({ [marker]: 1 }),
};

interface Place {
  readonly where: number | string;
  readonly what: string;
  readonly path: string;
}

const PLACES: readonly Place[] = SECRET_TABLE.flatMap(([where, what, ...paths]) =>
  what === 'open' || what === 'url' || what === 'base64'
    ? []
    : (typeof where === 'object' ? where : [where]).flatMap((one) =>
        paths.map((path) => ({ where: one, what, path })),
      ),
);

/** The value at a path such as `a[].b`. */
function at(path: string, value: JsonValue): JsonValue {
  const [, step, rest = ''] = /^(\[\]|[^.[]+)\.?(.*)$/.exec(path) ?? [];
  if (step === undefined) return value;
  return step === '[]' ? [at(rest, value)] : { [step.replaceAll('*', 'x')]: at(rest, value) };
}

const isOfRest = ({ where }: Place): boolean =>
  where === 'rest' || (typeof where === 'string' && where.startsWith('/'));
const isOfGateway = ({ where }: Place): boolean =>
  typeof where === 'number' || where === 'anywhere' || /^[A-Z]/.test(where);

function payloadFor({ where, path }: Place, value: JsonValue): Payload {
  const d = at(path.replace(':text', ''), value);
  if (typeof where === 'number') return { op: where, d, s: null, t: null };
  return { op: 0, t: where === 'anywhere' ? 'SOMETHING_NEW' : where, s: 1, d };
}

type Write = (place: Place, value: JsonValue) => string;

/** Names of the places and forms of which something is left; each has a marker of its own, as secrets are remembered. */
function leftBy(places: readonly Place[], write: Write, ...needles: readonly string[]): string[] {
  return places.flatMap((place, index) =>
    Object.entries(FORMS)
      .filter(([form]) => !place.path.endsWith(':text') || form === 'text')
      .filter(([form, make]) => {
        const text = write(place, make(`${MARKER}${String(index).padStart(4, '0')}${form.slice(-4)}`));
        return needles.some((needle) => text.includes(needle));
      })
      .map(([form]) => `${form} of ${place.where} ${place.path}`),
  );
}

const placeholder = (): string => 'redacted:0123456789abcdef';
const REDACTORS: Readonly<Record<Redaction, Redactor>> = {
  secrets: new Redactor({ redaction: 'secrets', placeholder }),
  personal: new Redactor({ redaction: 'personal', placeholder }),
  none: new Redactor({ redaction: 'none', placeholder }),
};

function redacted(place: Place, value: JsonValue, redaction: Redaction): string {
  const redactor = REDACTORS[redaction];
  if (isOfRest(place)) {
    const route = place.where === 'rest' ? '/x' : String(place.where);
    const bytes = Buffer.from(JSON.stringify(at(place.path.replace(':text', ''), value)));
    return Buffer.from(redactor.json(bytes, route)).toString();
  }
  const { op, t, ...rest } = payloadFor(place, value);
  const bytes = Buffer.from(JSON.stringify({ op, t, ...rest }));
  return Buffer.from(redactor.body({ op, t, bytes, hasSecretKey: true })).toString();
}

const digest = (): Uint8Array => new Uint8Array(32);

function inTape(place: Place, value: JsonValue): string {
  const payload = payloadFor(place, value);
  const body = JSON.stringify(at(place.path.replace(':text', ''), value));
  const facts = {
    atUs: 1,
    durationUs: 1,
    method: 'POST',
    status: 200,
    requestType: null,
    responseType: null,
  };
  const exchange = { ...facts, path: '/v10/x', requestBody: body, responseBody: body, responseHeaders: {} };
  const step = { type: 'payload', atUs: 1, connection: 1, sender: 'gateway', payload } as const;
  const recording = {
    shard: null,
    library: null,
    transport: null,
    steps: isOfRest(place) ? [] : [{ ...step, text: JSON.stringify(payload) }],
    exchanges: isOfRest(place) ? [exchange] : [],
  };
  const { steps, exchanges } = anonymise(recording, { people: 'pseudonymise', content: 'mask' }, digest);
  return JSON.stringify([steps, exchanges]);
}

const SCANNED = PLACES.filter((place) => isOfRest(place) || isOfGateway(place));
const isPersonal = ({ what }: Place): boolean => what === 'P';

describe('a secret in any form', () => {
  it('does not survive the redaction', () => {
    expect(leftBy(SCANNED, (place, value) => redacted(place, value, 'personal'), MARKER, DIGITS)).toEqual([]);
    const secret = SCANNED.filter((place) => !isPersonal(place));
    expect(leftBy(secret, (place, value) => redacted(place, value, 'secrets'), MARKER, DIGITS)).toEqual([]);
  });

  it('stays where nothing is redacted', () => {
    const count = leftBy(SCANNED, (place, value) => redacted(place, value, 'none'), MARKER, DIGITS).length;
    expect(count).toBeGreaterThan(SCANNED.length * 5);
  });

  it('is not in a tape, nor in its message texts', () => {
    const places = SCANNED.filter((place) => place.where === 'rest' || isOfGateway(place));
    const secret = places.filter((place) => !isPersonal(place));
    expect(leftBy(secret, inTape, MARKER, DIGITS)).toEqual([]);
    const isWritten = ({ where, path }: Place): boolean =>
      where === 'anywhere' && WRITTEN_KEYS.includes(path) && !path.endsWith('url');
    const left = leftBy(places.filter(isWritten), inTape, MARKER);
    // A key is a name, and numbers are options.
    expect(left.filter((name) => !name.startsWith('key '))).toEqual([]);
  });
});
