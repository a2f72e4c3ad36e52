/**
 * Error for an address that names something the recording does not have.
 */
import { UsageError } from '../errors.js';

/** An address without an answer: 404. */
export class NotThere extends UsageError {}
