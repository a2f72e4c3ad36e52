/**
 * Made-up secrets of every kind, in parts, so that no scanner takes them for leaked ones.
 */
const joined = (separator: string, ...parts: readonly string[]): string => parts.join(separator);

/** Kind and secret. */
export const LEAKS: readonly (readonly [kind: string, secret: string])[] = [
  ['discord-token', joined('.', 'MTk4NjIyNDgzNDcxOTI1MjQ4', 'Cl2FMQ', 'ZnCjm1XVW7vRze4b7Cq4se7kKWs')],
  [
    'discord-token',
    joined('.', 'MTIzNTUyMzY3OTAyNzIwMDAwMA', 'G3xY7z', 'aB3dE7gH9jK1mN5pQ8sT2vX4zA6cF0hJ-_aB3d'),
  ],
  ['discord-mfa-token', joined('.', 'mfa', 'aB3dE7gH9jK1mN5pQ8sT2vX4zA6cF0hJ')],
  ['webhook-url', joined('/', '/webhooks', '1235523679027200000', 'aB3dE7gH9jK1mN5pQ8sT2vX4zA6cF0hJ')],
  ['interaction-token', joined('', 'aW50ZXJhY3Rpb246', 'MTIzNTUyMzY3OTAyNzIwMDAwMDphQjNk')],
  ['jwt', joined('.', 'eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJ0YXBlIn0', 'c2lnbmF0dXJlLXRoYXQ')],
  ['private-key', joined(' ', '-----BEGIN', 'RSA', 'PRIVATE', 'KEY-----')],
  ['authorization', joined(' ', 'Bearer', 'abcdefghij-klmnop')],
  ['api-key', joined('', 'AKIA', 'ABCDEFGHIJ234567')],
  ['api-key', joined('_', 'ghp', 'abcdefghijklmnopqrstuvwxyz0123456789')],
  ['cookie', joined('=', 'cookie: session', 'qwertyuiop')],
  ['email', joined('@', 'somebody', 'example.com')],
  ['phone', joined('', '+1555', '1234567')],
  ['ip-address', joined('.', '203', '0', '113', '7')],
  ['ip-address', joined(':', '2001', 'db8', '0', '0', '0', '0', '2', '1')],
  ['ip-address', joined(':', '2001', 'db8', '1', '', '5')],
  ['hex', joined('', '0123456789abcdef', 'fedcba9876543210')],
  ['hex', joined('', '0123456789abcdef', 'fedcba9876543210', '0123456789abcdef', 'fedcba9876543210')],
  ['random', joined('', 'aB3dE7gH9jK1mN5p', 'Q8sT2vX4zA6cF0hJ')],
  ['random', joined('', 'q7w3e9r1t5y8u2i6', 'o4p0a9s8d7f6g5h4')],
];
