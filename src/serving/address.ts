/**
 * Address: where a server listens, as settings and options say it.
 */

/** Where to listen. */
export interface ListenAddress {
  /** Host name or IP address, IPv6 without brackets. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}
