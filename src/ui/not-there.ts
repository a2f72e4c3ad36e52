/**
 * What an address names and the recording does not have.
 */
import { UsageError } from '../errors.js';

/** An address without an answer: 404. */
export class NotThere extends UsageError {}
