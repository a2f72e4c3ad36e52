import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { makeHandshake, readTransport } from '../../src/proxy/handshake.js';
import { growth } from '../support/growth.js';

function requestWith(headers: Record<string, string>): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  Object.assign(request.headers, headers);
  return request;
}

const outcome = {
  atUs: 5,
  upstreamUrl: 'wss://gateway.discord.gg/?v=10',
  upgradeStatus: 101,
  extensions: null,
};

describe('handshakeOf', () => {
  it('gives the transport and extensions of a connection', () => {
    const request = requestWith({ 'user-agent': 'DiscordBot' });
    expect(makeHandshake(request, '/?v=10&encoding=etf&compress=zstd-stream', outcome)).toEqual({
      ...outcome,
      path: '/?v=10&encoding=etf&compress=zstd-stream',
      transport: { version: 10, encoding: 'etf', compress: 'zstd-stream' },
      userAgent: 'DiscordBot',
      isClientTls: false,
      isUpstreamTls: true,
      secrets: [],
    });
  });

  it.each([
    [{ authorization: 'Bot abc' }, ['Bot abc', 'abc']],
    [{ authorization: 'abc' }, ['abc']],
    [{ authorization: '' }, []],
    [{ 'proxy-authorization': 'Basic xyz' }, ['Basic xyz', 'xyz']],
    [{ cookie: 'locale=en-US; __cfuid=0123456789; a=b' }, ['0123456789']],
  ])('knows the secrets in %j', (headers, secrets) => {
    expect(makeHandshake(requestWith(headers as Record<string, string>), '/', outcome).secrets).toEqual(
      secrets,
    );
  });

  it.each([
    ['/?token=abc&v=10', '/?token=redacted&v=10', ['abc']],
    ['/?v=10&access_token=abc', '/?v=10&access_token=redacted', ['abc']],
    ['/?v=10&API_KEY=abc', '/?v=10&API_KEY=redacted', ['abc']],
    ['/?v=10&token=', '/?v=10&token=', []],
    ['/?v=10&encoding=json', '/?v=10&encoding=json', []],
  ])('of %s keeps no secret', (target, path, secrets) => {
    const upstreamUrl = `wss://gateway.discord.gg${target}`;
    const handshake = makeHandshake(requestWith({}), target, { ...outcome, upstreamUrl });
    expect(handshake).toMatchObject({ path, upstreamUrl: `wss://gateway.discord.gg${path}`, secrets });
  });
});

describe('transportOf', () => {
  it.each([
    ['/', { version: null, encoding: 'json', compress: 'none' }],
    ['//?encoding=json&v=9&compress=zlib-stream', { version: 9, encoding: 'json', compress: 'zlib-stream' }],
    ['/r/host?v=10&encoding=what', { version: 10, encoding: 'unknown', compress: 'none' }],
  ])('%s', (target, transport) => {
    expect(readTransport(target)).toEqual(transport);
  });

  it('knows secret parameters however they are spelled, and keeps none of them', () => {
    const target =
      '/?v=10&%74oken=in-the-name&Access%54oken=in%2Dcapitals&x-api-key=a%2Fkey&author=me#token=behind';
    const { path, secrets } = makeHandshake(requestWith({}), target, outcome);
    expect(path).toBe(
      '/?v=10&%74oken=redacted&Access%54oken=redacted&x-api-key=redacted&author=me#token=redacted',
    );
    expect(secrets).toEqual(['in-the-name', 'in%2Dcapitals', 'in-capitals', 'a%2Fkey', 'a/key', 'behind']);
  });
});

it('names of parameters are searched in linear time, escaped ones too', () => {
  const secretsOf = (target: string): readonly string[] =>
    makeHandshake(requestWith({}), target, outcome).secrets;
  expect(secretsOf('/?a=1&%74oken=s%65cret')).toEqual(['s%65cret', 'secret']);
  const searched = (length: number): (() => unknown) => {
    const target = `/${'?token'.repeat(Math.floor(length / 6))}`;
    return () => secretsOf(target);
  };
  // Sixteen times the text; quadratic work would take 256 times as long.
  expect(growth(searched)).toBeLessThan(64);
});
