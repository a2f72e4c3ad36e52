/**
 * A certificate authority in words: who it is, what it may sign, and how to trust it for one process.
 */
import { createHash, type X509Certificate } from 'node:crypto';
import type { CertificateAuthority } from '../ca/certificate-authority.js';
import { listTrustRecipes } from '../ca/trust.js';

/** SHA-256 of a certificate's public key, in base64, as Chromium takes it. */
export function spkiFingerprint({ publicKey }: X509Certificate): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

/** Lines that show an authority, and how to trust it. */
export function describeAuthority(
  certificate: X509Certificate,
  { path, permitted }: Pick<CertificateAuthority, 'path' | 'permitted'>,
): string[] {
  const spki = spkiFingerprint(certificate);
  return [
    `certificate  ${path}`,
    `subject      ${certificate.subject.replace(/^CN=/, '')}`,
    `valid        ${formatDay(certificate.validFrom)} to ${formatDay(certificate.validTo)}`,
    `SHA-256      ${certificate.fingerprint256}`,
    `SPKI         ${spki}`,
    `may sign     ${permitted.join(', ')} (names with all below them)`,
    '',
    'To trust it for one process, rather than system-wide:',
    ...listTrustRecipes({ path, spki }).flatMap(({ client, lines }) => [
      '',
      `  ${client}`,
      ...lines.map((line) => `    ${line}`),
    ]),
  ];
}

function formatDay(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}
