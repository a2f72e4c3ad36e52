/**
 * Reads certificates from files and validates them before anything listens.
 */
import { X509Certificate } from 'node:crypto';
import { UsageError } from '../errors.js';
import { readUserFile } from '../files.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM file, one text each. Throws a UsageError if it holds none, or a broken one. */
export function readCertificates(path: string): readonly string[] {
  const certificates = readUserFile(path).match(CERTIFICATE) ?? [];
  if (certificates.length === 0 || !certificates.every(isCertificate)) {
    throw new UsageError(`${path} holds no certificate in PEM`, 'it begins with -----BEGIN CERTIFICATE-----');
  }
  return certificates;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== '';
  } catch {
    return false;
  }
}
