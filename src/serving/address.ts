/**
 * Address: where a server listens, as in settings and options.
 */

/** Address to listen on. */
export interface ListenAddress {
  /** Host name or IP address, IPv6 without brackets. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}
