/**
 * Certificates: a root that may sign certain names only, and leaves below it. Keys are P-256, signatures SHA-256.
 *
 * The ASN.1 is that of @peculiar/asn1-x509, the signature node:crypto's. Times come from the caller. Source:
 * RFC 5280 sections 4.1 and 4.2, RFC 5758 section 3.2.
 */
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { isIP } from 'node:net';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

/** A certificate in PEM, and its private key. */
export interface Credentials {
  readonly cert: string;
  readonly key: KeyObject;
}

/** Start and end of a certificate's validity. */
export interface Lifetime {
  readonly from: Date;
  readonly until: Date;
}

const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
// A common name may have 64 characters (RFC 5280 appendix A.1); clients read the alternative names.
const MAX_COMMON_NAME = 64;

/** A self-signed root, by `name`, for the names of `listPermittedNames`. */
export function createRoot(name: string, permitted: readonly string[], lifetime: Lifetime): Credentials {
  const key = newKey();
  const subtrees = permitted.map((base) => new GeneralSubtree({ base: generalName(base) }));
  const extensions = [
    extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)),
    extension(
      id_ce_nameConstraints,
      true,
      new NameConstraints({ permittedSubtrees: new GeneralSubtrees(subtrees) }),
    ),
    extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdentifier(key))),
  ];
  return {
    cert: signed({ subject: makeName(name), issuer: makeName(name), key, lifetime, extensions }, key),
    key,
  };
}

/** A server's certificate for `hosts`, names or addresses, signed by `root`. */
export function createLeaf(root: Credentials, hosts: readonly string[], lifetime: Lifetime): Credentials {
  const key = newKey();
  const extensions = [
    extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: false })),
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
    extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
    extension(id_ce_subjectAltName, false, new SubjectAlternativeName(hosts.map(generalName))),
    extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdentifier(key))),
    extension(
      id_ce_authorityKeyIdentifier,
      false,
      new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyIdentifier(root.key)) }),
    ),
  ];
  const subject = makeName((hosts[0] ?? '').slice(0, MAX_COMMON_NAME));
  const issuer = parsed(root.cert).tbsCertificate.subject;
  return { cert: signed({ subject, issuer, key, lifetime, extensions }, root.key), key };
}

/** Names that a root may sign, from `listPermittedNames`; empty for a certificate without such a list. */
export function readPermittedNames(cert: string): readonly string[] {
  const found = parsed(cert).tbsCertificate.extensions?.find(
    ({ extnID }) => extnID === id_ce_nameConstraints,
  );
  if (found === undefined) return [];
  const subtrees = AsnConvert.parse(found.extnValue, NameConstraints).permittedSubtrees;
  return subtrees === undefined
    ? []
    : Array.from(subtrees, ({ base }) => base.dNSName ?? base.iPAddress ?? '');
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

interface Content {
  readonly subject: Name;
  readonly issuer: Name;
  readonly key: KeyObject;
  readonly lifetime: Lifetime;
  readonly extensions: readonly Extension[];
}

/** The content as a certificate in PEM, signed with `signingKey`. */
function signed({ subject, issuer, key, lifetime, extensions }: Content, signingKey: KeyObject): string {
  const signature = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber(),
    signature,
    issuer,
    validity: new Validity({ notBefore: lifetime.from, notAfter: lifetime.until }),
    subject,
    subjectPublicKeyInfo: publicKeyInfo(key),
    extensions: new Extensions([...extensions]),
  });
  const signatureValue = sign('sha256', serialize(tbsCertificate), signingKey);
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: signature,
    signatureValue: exactBuffer(signatureValue),
  });
  const base64 = serialize(certificate).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

function parsed(cert: string): Certificate {
  return AsnConvert.parse(Buffer.from(cert.replace(/-----[^-]+-----/g, ''), 'base64'), Certificate);
}

/** 127 random bits: positive, in minimal length (RFC 5280 section 4.1.2.2). */
function serialNumber(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return exactBuffer(bytes);
}

function makeName(commonName: string): Name {
  const value = new AttributeValue({ utf8String: commonName });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])]);
}

/** A host or a permitted name; the form of an address shows which it is. */
function generalName(name: string): GeneralName {
  const [address = ''] = name.split('/');
  return new GeneralName(isIP(address) === 0 ? { dNSName: name } : { iPAddress: name });
}

function extension(extnID: string, critical: boolean, value: object): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function publicKeyInfo(key: KeyObject): SubjectPublicKeyInfo {
  return AsnConvert.parse(publicKeyDer(key), SubjectPublicKeyInfo);
}

/** SHA-1 of the public key's bits (RFC 5280 section 4.2.1.2): an identifier of a key, without a security purpose. */
function keyIdentifier(key: KeyObject): ArrayBuffer {
  const bits = Buffer.from(publicKeyInfo(key).subjectPublicKey);
  return exactBuffer(createHash('sha1').update(bits).digest());
}

function publicKeyDer(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

function serialize(value: object): Buffer {
  return Buffer.from(AsnConvert.serialize(value));
}

/** A copy of a buffer's bytes outside of Node's buffer pool. */
function exactBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
