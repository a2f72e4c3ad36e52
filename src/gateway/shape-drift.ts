/**
 * Drift: compares the payload shapes of two sets of traffic, and reports the changes.
 *
 *   error  a field that was always there is gone, or a field has a type that it never had
 *   warn   an undocumented opcode or event is new; a field that was sometimes there is gone, is no longer
 *          always there, or can be null now
 *   info   what else is new, or was not seen again: kinds of payloads, and fields
 *
 * Channels that are obfuscated on one side only are one change with a name of its own, info: it is expected between
 * recordings from before and after 16 November 2026. Members of obfuscated channels are compared among themselves.
 *
 * Absence proves little if few payloads were seen, so each side has its count.
 */
import { ELEMENTS, MEMBERS, type FieldShape, type JsonType, type LearnedKind } from './field-shapes.js';
import { isKnownEvent } from './events.js';
import { findOpcode } from './opcodes.js';
import type { Sender } from '../wire/frame.js';

/** Severity of a change; the most severe first. */
const SEVERITIES = ['error', 'warn', 'info'] as const;

/** One of them. */
export type Severity = (typeof SEVERITIES)[number];

/** Kind of change. */
export type DriftKind =
  'unknown_opcode' | 'unknown_event' | 'added' | 'removed' | 'type' | 'presence' | 'channel_obfuscation';

/** Observations at one path, on one side. */
export interface DriftSide {
  /** Payloads, or values of the field. */
  readonly count: number;
  readonly types: readonly JsonType[];
  /** Whether every object that could have the field had it. */
  readonly presence: 'always' | 'sometimes';
}

/** One change. */
export interface DriftChange {
  readonly severity: Severity;
  readonly change: DriftKind;
  readonly op: number;
  readonly event: string | null;
  readonly sender: Sender;
  /** Field, such as `d.embeds[].title` or `d.users{}.id`; null for the payload as a whole. */
  readonly path: string | null;
  /** Null if it was absent. */
  readonly before: DriftSide | null;
  readonly after: DriftSide | null;
}

type Kinds = ReadonlyMap<string, LearnedKind>;
type FieldChange = Omit<DriftChange, 'op' | 'event' | 'sender'>;

/** Changes from `before` to `after`: unknown opcodes and events first, then by severity and kind. */
export function compareLearned(before: Kinds, after: Kinds): readonly DriftChange[] {
  const kinds = [...new Map([...before, ...after])].sort(([one], [other]) => (one < other ? -1 : 1));
  const changes = kinds.flatMap(([key, { op, event, sender }]) => {
    const old = before.get(key) ?? null;
    const now = after.get(key) ?? null;
    return [...kindChanges(old, now), ...fieldsChanges(old, now)].map((change) => ({
      ...change,
      op,
      event,
      sender,
    }));
  });
  const rank = ({ change, severity }: DriftChange): number =>
    change.startsWith('unknown') ? -1 : SEVERITIES.indexOf(severity);
  return changes.sort((one, other) => rank(one) - rank(other));
}

/** Changes of a kind of payload as a whole. */
function kindChanges(before: LearnedKind | null, after: LearnedKind | null): readonly FieldChange[] {
  const sides = {
    path: null,
    before: before === null ? null : describeSide(before.shape, before.shape.count),
    after: after === null ? null : describeSide(after.shape, after.shape.count),
  };
  if (after === null) return [{ severity: 'info', change: 'removed', ...sides }];
  const unknown = classifyUnknown(after);
  if (unknown !== null) return [{ severity: before === null ? 'warn' : 'info', change: unknown, ...sides }];
  return before === null ? [{ severity: 'info', change: 'added', ...sides }] : [];
}

function classifyUnknown({ op, event }: LearnedKind): 'unknown_opcode' | 'unknown_event' | null {
  if (findOpcode(op) === null) return 'unknown_opcode';
  return event === null || isKnownEvent(event) ? null : 'unknown_event';
}

function fieldsChanges(before: LearnedKind | null, after: LearnedKind | null): readonly FieldChange[] {
  return before === null || after === null ? [] : shapeChanges('', before.shape, after.shape);
}

/** Changes within two values at the same place, and whether their channels are obfuscated. */
function shapeChanges(path: string, before: FieldShape, after: FieldShape): readonly FieldChange[] {
  const [old, now] = [before.obfuscated, after.obfuscated];
  const changes = memberChanges(path, before, after);
  if (old !== null && now !== null) return [...changes, ...memberChanges(path, old, now)];
  if (old === null && now === null) return changes;
  const sides = {
    before: old === null ? null : describeSide(old, before.count),
    after: now === null ? null : describeSide(now, after.count),
  };
  return [{ severity: 'info', change: 'channel_obfuscation', path, ...sides }, ...changes];
}

/** Changes of the members of two values. */
function memberChanges(path: string, before: FieldShape, after: FieldShape): readonly FieldChange[] {
  if (before.isMap !== after.isMap) for (const side of [before, after]) side.fold();
  const keys = [...new Set([...before.members.keys(), ...after.members.keys()])].sort();
  return keys.flatMap((key) => {
    const place = { path: joined(path, key), isAny: key === ELEMENTS || key === MEMBERS };
    const [old, now] = [before.members.get(key), after.members.get(key)];
    if (old !== undefined && now !== undefined) {
      return [
        ...valueChange(place, describeSide(old, before.objectCount), describeSide(now, after.objectCount)),
        ...shapeChanges(place.path, old, now),
      ];
    }
    // An empty array or an absent object does not show what it could have held.
    if (place.isAny || before.objectCount === 0 || after.objectCount === 0) return [];
    return [
      ...(old === undefined ? [] : [removal(place.path, describeSide(old, before.objectCount))]),
      ...(now === undefined ? [] : [addition(place.path, describeSide(now, after.objectCount))]),
    ];
  });
}

function addition(path: string, after: DriftSide): FieldChange {
  return { severity: 'info', change: 'added', path, before: null, after };
}

function removal(path: string, before: DriftSide): FieldChange {
  const severity = before.presence === 'always' ? 'error' : 'warn';
  return { severity, change: 'removed', path, before, after: null };
}

/** A change of type or presence of one field, or of elements and members, whose presence is not compared. */
function valueChange(
  { path, isAny }: { readonly path: string; readonly isAny: boolean },
  before: DriftSide,
  after: DriftSide,
): readonly FieldChange[] {
  const gained = after.types.filter((type) => !before.types.includes(type));
  if (gained.length > 0) {
    return [{ severity: typeSeverity(before.types, gained), change: 'type', path, before, after }];
  }
  if (isAny || before.presence === after.presence) return [];
  return [
    { severity: after.presence === 'sometimes' ? 'warn' : 'info', change: 'presence', path, before, after },
  ];
}

function typeSeverity(known: readonly JsonType[], gained: readonly JsonType[]): Severity {
  // Only null was seen before: any type is new information, not a contradiction.
  if (known.every((type) => type === 'null')) return 'info';
  return gained.every((type) => type === 'null') ? 'warn' : 'error';
}

function describeSide(shape: FieldShape, possible: number): DriftSide {
  return {
    count: shape.count,
    types: [...shape.types].sort(),
    presence: shape.count >= possible ? 'always' : 'sometimes',
  };
}

function joined(path: string, key: string): string {
  if (key === ELEMENTS || key === MEMBERS) return path + key;
  return path === '' ? key : `${path}.${key}`;
}
