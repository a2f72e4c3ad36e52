/** What a redactor leaves of a payload that came over a connection. */
import { DecodedPayload } from '../../src/gateway/decode/decoded.js';
import { PayloadDecoder } from '../../src/gateway/decode/decoder.js';
import type { Redactor } from '../../src/gateway/redact/redact.js';

/** Decodes a text as a connection would, keys noticed, and redacts it. */
export function redact(redactor: Redactor, text: string): string {
  const decoder = new PayloadDecoder({
    sender: 'gateway',
    transport: { version: 10, encoding: 'json', compress: 'none' },
    extensions: null,
    maxPayloadBytes: 1e6,
    secretKeys: redactor.secretKeys,
  });
  const data = Buffer.from(text);
  const frame = { kind: 'text', data, wireBytes: data.length, isDeflated: false, error: null } as const;
  const [decoded] = decoder.push(frame);
  if (!(decoded instanceof DecodedPayload)) throw new Error('not a payload');
  return Buffer.from(redactor.body(decoded)).toString();
}
