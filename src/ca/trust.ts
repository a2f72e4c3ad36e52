/**
 * Trust: how to make one process, and not the whole system, trust a certificate authority.
 *
 * Source: nodejs.org/api/cli.html (NODE_EXTRA_CA_CERTS), docs.openssl.org (SSL_CERT_FILE), requests.readthedocs.io
 * (REQUESTS_CA_BUNDLE), Chromium's --ignore-certificate-errors-spki-list, docs.oracle.com (javax.net.ssl.trustStore).
 */
import { createHash, type X509Certificate } from 'node:crypto';

/** One recipe, and the clients that it applies to. */
export interface TrustRecipe {
  readonly client: string;
  /** Lines to type. */
  readonly lines: readonly string[];
}

/** Values for the recipes. */
export interface TrustedCertificate {
  /** Path of the certificate in PEM. */
  readonly path: string;
  /** SHA-256 of the public key, in base64. */
  readonly spki: string;
}

/** SHA-256 of a certificate's public key, in base64, as Chromium takes it. */
export function spkiFingerprint({ publicKey }: X509Certificate): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

/** Ways to trust an authority for one process only. */
export function listTrustRecipes({ path, spki }: TrustedCertificate): readonly TrustRecipe[] {
  const pem = quoted(path);
  return [
    { client: 'Node.js, Bun (besides the public ones)', lines: [`NODE_EXTRA_CA_CERTS=${pem} node bot.js`] },
    { client: 'Deno (besides the public ones)', lines: [`DENO_CERT=${pem} deno run bot.ts`] },
    {
      client: 'Python: ssl, aiohttp, discord.py (instead of the public ones)',
      lines: [`SSL_CERT_FILE=${pem} python bot.py`],
    },
    { client: 'Python: requests, httpx', lines: [`REQUESTS_CA_BUNDLE=${pem} python bot.py`] },
    {
      client: 'Go, Rust with native roots, Ruby, PHP, C with OpenSSL, on Linux (instead of the public ones)',
      lines: [`SSL_CERT_FILE=${pem} ./bot`],
    },
    { client: 'curl', lines: [`curl --cacert ${pem} https://discord.com/api/v10/gateway`] },
    {
      client: 'Chromium, Chrome, Edge, Electron apps (a profile of its own)',
      lines: [`chromium --user-data-dir=/tmp/gatetape-profile --ignore-certificate-errors-spki-list=${spki}`],
    },
    {
      client: 'Java: JDA, Discord4J (a truststore of its own, instead of the public ones)',
      lines: [
        `keytool -importcert -noprompt -alias gatetape -file ${pem} -keystore gatetape.p12 -storetype PKCS12 -storepass changeit`,
        'java -Djavax.net.ssl.trustStore=gatetape.p12 -Djavax.net.ssl.trustStorePassword=changeit -jar bot.jar',
      ],
    },
    {
      client: 'Firefox (a profile of its own)',
      lines: [
        'firefox --no-remote --profile /tmp/gatetape-profile, then Settings, View Certificates, Authorities, Import',
      ],
    },
    {
      client: '.NET on Linux',
      lines: [`SSL_CERT_FILE=${pem} dotnet run`],
    },
    {
      client: 'Windows and macOS programs that read the system store only',
      lines: ['have no way for one process: run the bot in a container or a virtual machine instead'],
    },
  ];
}

/** A path quoted for a POSIX shell. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
