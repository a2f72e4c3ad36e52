/**
 * Reads certificates from files and validates them before anything listens.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM file, one text each. Throws a UsageError if it holds none, or a broken one. */
export function readCertificates(path: string): readonly string[] {
  const certificates = readText(path).match(CERTIFICATE) ?? [];
  if (certificates.length === 0 || !certificates.every(isCertificate)) {
    throw new UsageError(`${path} holds no certificate in PEM`, 'it begins with -----BEGIN CERTIFICATE-----');
  }
  return certificates;
}

/** Text of a file that the user named. Throws a UsageError. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new UsageError(`cannot read ${path} (${reason})`, 'check the path and its permissions', { cause });
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== '';
  } catch {
    return false;
  }
}
