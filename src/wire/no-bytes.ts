/** The empty piece of memory that stands for bytes where there are none. */

/** No bytes. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);
