/**
 * Words of queries: what figures can be grouped by, and how fields are compared.
 *
 * They are apart from the queries because flags and help texts are made of them: every command loads them.
 */

/** Keys by which statistics can be grouped. */
export const GROUP_KEYS = [
  'op',
  'event',
  'sender',
  'intent',
  'connection',
  'session',
  'shard',
  'minute',
  'hour',
  'guild',
  'channel',
  'user',
  'size',
] as const;

/** One of `GROUP_KEYS`. */
export type GroupKey = (typeof GROUP_KEYS)[number];

/** Keys by which calls can be grouped. */
export const EXCHANGE_GROUP_KEYS = ['method', 'route', 'status', 'minute', 'hour'] as const;

/** One of `EXCHANGE_GROUP_KEYS`. */
export type ExchangeGroupKey = (typeof EXCHANGE_GROUP_KEYS)[number];

/** Keys by which heartbeats can be grouped. */
export const HEARTBEAT_GROUP_KEYS = ['minute', 'hour', 'connection', 'session', 'shard'] as const;

/** One of `HEARTBEAT_GROUP_KEYS`. */
export type HeartbeatGroupKey = (typeof HEARTBEAT_GROUP_KEYS)[number];

/** How a field is compared; `~` is a glob. */
export const FIELD_OPERATORS = ['=', '!=', '<', '<=', '>', '>=', '~'] as const;

/** One of `FIELD_OPERATORS`. */
export type FieldOperator = (typeof FIELD_OPERATORS)[number];
