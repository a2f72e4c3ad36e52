/** Certificates of the tests, made when they are needed: none of their keys is worth keeping. */
import { createLeaf, createRoot, type Credentials, type Lifetime } from '../../src/ca/certificate.js';
import { listPermittedNames } from '../../src/ca/certificate-authority.js';

const DAY_MS = 86_400_000;

/** What a TLS server shows: its certificate and what follows it, and its key. */
export interface Shown {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of its own. */
export class TestCa {
  readonly #root: Credentials;

  constructor(hosts: readonly string[] = ['example.org', 'discord.gg', 'discord.com']) {
    this.#root = createRoot('test authority', listPermittedNames(hosts), lifetime(-2, 2));
  }

  /** Certificate to trust, in PEM. */
  get cert(): string {
    return this.#root.cert;
  }

  /** A leaf for `hosts`; days count from today. */
  leaf(hosts: readonly string[] = ['localhost'], fromDay = -1, untilDay = 1): Shown {
    return shown(createLeaf(this.#root, hosts, lifetime(fromDay, untilDay)));
  }

  /** The authority's own certificate, which is self-signed. */
  get self(): Shown {
    return shown(this.#root);
  }
}

function lifetime(fromDay: number, untilDay: number): Lifetime {
  return { from: new Date(Date.now() + fromDay * DAY_MS), until: new Date(Date.now() + untilDay * DAY_MS) };
}

function shown({ cert, key }: Credentials): Shown {
  return { cert, key: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
