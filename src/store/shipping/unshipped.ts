/**
 * Unshipped: how much of a database is not on a server yet, as far as its notes say.
 */
import { openReadable } from '../database.js';
import { requireCurrent } from '../migrate.js';
import { guarded } from '../store-error.js';
import { SHIP_TIERS, type ShipTier } from './ship-notes.js';

/** What is shipped besides the roll-ups. */
export interface ShippedTiers {
  readonly hasFrames: boolean;
  readonly hasBodies: boolean;
}

/** Frames that are not on a server. */
export interface Unshipped {
  /** Counted by their ids, of which pruning leaves out some. */
  readonly frames: number;
  /** Time of the oldest one; null without one. */
  readonly oldestAtUs: number | null;
}

/**
 * Frames of the database at `path` that lack one of the tiers on a fleet; if `fleet` is null, on the one that has most of them.
 * Throws StoreError.
 */
export function readUnshipped(path: string, fleet: string | null, tiers: ShippedTiers): Unshipped {
  const db = openReadable(path);
  try {
    return guarded(path, () => {
      requireCurrent(db, path);
      const notes = db
        .prepare<[], { fleet: string; tier: ShipTier; throughId: number }>(
          'SELECT fleet, tier, through_id AS throughId FROM shipment',
        )
        .all()
        .filter((note) => fleet === null || note.fleet === fleet);
      const wanted = SHIP_TIERS.filter((tier) => isShipped(tier, tiers));
      const reached = [...new Set(notes.map((note) => note.fleet))].map((name) =>
        Math.min(
          ...wanted.map(
            (tier) => notes.find((note) => note.fleet === name && note.tier === tier)?.throughId ?? 0,
          ),
        ),
      );
      const next = db
        .prepare<[number], { id: number; atUs: number }>(
          'SELECT id, at_us AS atUs FROM frame WHERE id > ? ORDER BY id LIMIT 1',
        )
        .get(Math.max(0, ...reached));
      const last = db.prepare<[], number | null>('SELECT max(id) FROM frame').pluck().get() ?? 0;
      return next === undefined
        ? { frames: 0, oldestAtUs: null }
        : { frames: last - next.id + 1, oldestAtUs: next.atUs };
    });
  } finally {
    db.close();
  }
}

/** Whether a tier is made of frames and is sent. */
function isShipped(tier: ShipTier, { hasFrames, hasBodies }: ShippedTiers): boolean {
  if (tier === 'frames') return hasFrames;
  if (tier === 'bodies') return hasBodies;
  return tier === 'rollups';
}
