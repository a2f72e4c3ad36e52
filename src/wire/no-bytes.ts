/** The empty byte array that represents missing bytes. */

/** No bytes. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);
