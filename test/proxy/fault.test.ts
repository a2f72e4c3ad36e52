import { describe, expect, it } from 'vitest';
import { describeDialError, InwardAddressError } from '../../src/proxy/dialling.js';

const coded = (code: string, message = 'm'): Error => Object.assign(new Error(message), { code });

describe('faultOf', () => {
  it.each([
    [coded('ECONNREFUSED'), 'cannot be reached (ECONNREFUSED)'],
    [new Error('socket hang up'), 'cannot be reached (socket hang up)'],
    [
      coded('EPROTO', '4027:error:0A00010B:SSL routines::wrong version number:'),
      'does not speak TLS on that port (EPROTO)',
    ],
    [coded('CERT_HAS_EXPIRED'), 'shows a certificate that has expired (CERT_HAS_EXPIRED)'],
    [
      new InwardAddressError('a.example.org', '10.0.0.1'),
      'is not dialled: a.example.org leads to the inward address 10.0.0.1; --allow-host NAME permits it',
    ],
  ])('of %s is one line', (error, line) => expect(describeDialError(error)).toBe(line));

  it('keeps the names of a hostile certificate short and printable', () => {
    const subjectaltname = `DNS:\n\x1b[2J${'x'.repeat(999)}`;
    const error = Object.assign(coded('ERR_TLS_CERT_ALTNAME_INVALID'), { cert: { subjectaltname } });
    const line = describeDialError(error);
    expect(line.length).toBeLessThan(220);
    expect(line).toMatch(
      /^shows a certificate for other names: DNS:\?\?\[2Jx+… \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
    );
  });
});
