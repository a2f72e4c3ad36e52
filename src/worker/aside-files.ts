/**
 * Aside files: deletes files that a recorder has put aside, and logs each deletion with its reason.
 */
import { errorCode, StoreError } from '../errors.js';
import type { Host } from '../host.js';
import { sometimes } from '../sometimes.js';
import { deleteRotated } from '../store/rotated-files.js';
import { readUnshipped, type ShippedTiers } from '../store/shipping/unshipped.js';

/** Reason of a deletion. */
export interface AsideRule {
  readonly keep: number;
  /** What is shipped of it; null if nothing is. */
  readonly shipped: ShippedTiers | null;
  readonly log: Host['log'];
}

/** Deletes a file that was put aside; logs that, or why it is impossible. */
export function deleteAside(file: string, { keep, shipped, log }: AsideRule): void {
  try {
    const loss = shipped === null ? null : describeLoss(file, shipped);
    deleteRotated(file);
    sometimes('a file that had been put aside was deleted');
    const line = `${file} was deleted, as --keep ${keep} says`;
    if (loss === null) log('info', line, 'rotated_file_deleted');
    else log('warn', `${line}: ${loss}`, 'rotated_file_unshipped');
  } catch (error) {
    if (errorCode(error) === '') throw error;
    log(
      'warn',
      `${file} cannot be deleted (${errorCode(error)}): delete it, and look at the rights of its folder`,
      'rotated_file_kept',
    );
  }
}

/** What of a file is not on a server, or null. */
function describeLoss(file: string, shipped: ShippedTiers): string | null {
  try {
    const { frames } = readUnshipped(file, null, shipped);
    return frames === 0 ? null : `${frames} of its frames were not shipped`;
  } catch (error) {
    if (error instanceof StoreError) return 'it cannot be seen whether it was shipped';
    throw error;
  }
}
