/**
 * Learned field shapes: which fields the payloads of one kind have, with which JSON types, always or sometimes.
 *
 * Memory is bounded for any number of payloads and any keys: an object that is used as a map (keys are ids, or very
 * many) has one shape for all its members. Values are never kept. Obfuscated channels have a shape of their own, because
 * their members say nothing of other channels.
 */
import { BOUNDS, cutCell } from '../wire/bounds.js';
import type { Sender } from '../wire/frame.js';
import { isObfuscatedChannel } from './obfuscation.js';
import type { JsonObject, JsonValue } from './payload.js';
import { isId } from './snowflake.js';

/** Type of a JSON value (RFC 8259 section 3). */
export type JsonType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

/** Path step to the elements of an array, and to the members of an object that is used as a map. */
export const ELEMENTS = '[]';
export const MEMBERS = '{}';

/** Observations at one path of the payloads. */
export class FieldShape {
  readonly types = new Set<JsonType>();
  /** Number of values. */
  count = 0;
  /** Number of values that were objects: a member with the same count is always present. */
  objectCount = 0;
  /** By key, ELEMENTS or MEMBERS. */
  readonly members = new Map<string, FieldShape>();
  isMap = false;
  /** Shape of the objects among them that are obfuscated channels; their members are not among those of the others. */
  obfuscated: FieldShape | null = null;

  /** Gives all members one shape. */
  fold(): void {
    this.isMap = true;
    const own = [...this.members].filter(([key]) => key !== ELEMENTS && key !== MEMBERS);
    const members = this.members.get(MEMBERS) ?? new FieldShape();
    for (const [key, member] of own) {
      members.merge(member);
      this.members.delete(key);
    }
    if (members.count > 0) this.members.set(MEMBERS, members);
  }

  /** Adds the observations of `other`. */
  merge(other: FieldShape): void {
    this.count += other.count;
    this.objectCount += other.objectCount;
    for (const type of other.types) this.types.add(type);
    if (other.obfuscated !== null) (this.obfuscated ??= new FieldShape()).merge(other.obfuscated);
    if (other.isMap && !this.isMap) this.fold();
    for (const [key, member] of other.members) {
      const name = this.isMap && key !== ELEMENTS ? MEMBERS : key;
      const own = this.members.get(name) ?? new FieldShape();
      own.merge(member);
      this.members.set(name, own);
    }
  }
}

/** Kind of a payload: its opcode, sender and event. */
export interface PayloadKind {
  readonly op: number;
  readonly sender: Sender;
  readonly event: string | null;
}

/** Everything learned about one kind of payload. */
export interface LearnedKind extends PayloadKind {
  readonly shape: FieldShape;
}

/** Learns the shapes of payloads, one by one. */
export class ShapeLearner {
  readonly #kinds = new Map<string, LearnedKind>();
  #fieldCount = 0;
  #payloadCount = 0;

  /** Adds a payload; any JSON is accepted. */
  add({ op, sender, event: name }: PayloadKind, payload: JsonValue): void {
    const event = name === null ? null : cutCell(name);
    this.#payloadCount += 1;
    const key = kindKey({ op, sender, event });
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      if (this.#kinds.size >= BOUNDS.shapeKinds) return;
      kind = { op, sender, event, shape: new FieldShape() };
      this.#kinds.set(key, kind);
    }
    this.#learn(kind.shape, payload, 0);
  }

  /** Payloads that were added. */
  get payloadCount(): number {
    return this.#payloadCount;
  }

  /** Learned shapes, by `kindKey`. */
  get kinds(): ReadonlyMap<string, LearnedKind> {
    return this.#kinds;
  }

  #learn(shape: FieldShape, value: JsonValue, depth: number): void {
    const type = classifyType(value);
    shape.types.add(type);
    shape.count += 1;
    if (depth === BOUNDS.shapeDepth) return;
    if (type === 'array') {
      for (const element of value as readonly JsonValue[])
        this.#learn(this.#member(shape, ELEMENTS), element, depth + 1);
    } else if (type === 'object') this.#learnObject(shape, value as JsonObject, depth);
  }

  #learnObject(shape: FieldShape, object: JsonObject, depth: number): void {
    const isObfuscated = isObfuscatedChannel(object);
    const own = isObfuscated ? (shape.obfuscated ??= new FieldShape()) : shape;
    own.objectCount += 1;
    if (isObfuscated) {
      own.count += 1;
      own.types.add('object');
    }
    for (const [key, member] of Object.entries(object)) {
      this.#learn(this.#member(own, isMapKey(key) ? MEMBERS : key), member, depth + 1);
    }
  }

  #member(shape: FieldShape, key: string): FieldShape {
    const known = shape.members.get(key);
    if (known !== undefined) return known;
    if (shape.isMap && key !== ELEMENTS && key !== MEMBERS) return this.#member(shape, MEMBERS);
    const member = new FieldShape();
    shape.members.set(key, member);
    this.#fieldCount += 1;
    if (shape.members.size <= BOUNDS.shapeKeys && this.#fieldCount <= BOUNDS.shapeFields) return member;
    shape.fold();
    return shape.members.get(key) ?? this.#member(shape, MEMBERS);
  }
}

/** Text that is equal for equal kinds. */
export function kindKey({ op, sender, event }: PayloadKind): string {
  return `${op} ${sender} ${event ?? ''}`;
}

/** Whether a key is not a field name: it is an id, or longer than any name. */
function isMapKey(key: string): boolean {
  return key.length > BOUNDS.nameChars || isId(key);
}

function classifyType(value: JsonValue): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as JsonType;
}
