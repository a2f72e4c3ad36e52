import { X509Certificate } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { completeConfig } from '../../src/config/load.js';
import { openInterception, type InterceptionSettings } from '../../src/library/interception.js';
import { startRecorder } from '../../src/library/record.js';
import { scratchFile } from '../support/scratch.js';
import { TestCa } from '../support/test-ca.js';

const settings = (values: object): InterceptionSettings => completeConfig(values, 'the test');

function written(text: string, name = 'file.pem'): string {
  const file = scratchFile(name);
  writeFileSync(file, text);
  return file;
}

const namesOf = ({ cert }: { cert: string }): string | undefined => new X509Certificate(cert).subjectAltName;
const OWN = 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1';

describe('interceptionFor', () => {
  it('makes no authority where none is needed', async () => {
    const caDir = scratchFile('ca');
    expect(await openInterception(settings({ caDir }))).toEqual({ tls: null, forward: null });
    expect(existsSync(caDir)).toBe(false);
  });

  it('presents its own certificate for TLS, and one for a host whose traffic is sent here', async () => {
    const { tls, forward } = await openInterception(settings({ caDir: scratchFile('ca'), tls: true }));
    expect(forward).toBeNull();
    expect(namesOf(tls!(null))).toBe(OWN);
    expect(namesOf(tls!('example.org'))).toBe(OWN);
    expect(namesOf(tls!('gateway.discord.gg'))).toBe('DNS:gateway.discord.gg');
    expect(tls!('localhost')).toBe(tls!(null));
  });

  it('signs for the hosts that forward mode looks into', async () => {
    const { tls, forward } = await openInterception(
      settings({
        caDir: scratchFile('ca'),
        mode: 'forward',
        others: 'tunnel',
        allowHosts: ['gw.example.org'],
      }),
    );
    expect(tls).toBeNull();
    expect(forward?.others).toBe('tunnel');
    for (const host of ['gateway-us-east1-b.discord.gg', 'discord.com', 'gw.example.org']) {
      expect(namesOf(forward!.certificateFor(host))).toBe(`DNS:${host}`);
    }
  });

  it('presents the certificate of a file for every name', async () => {
    const { cert, key } = new TestCa().leaf(['recorder']);
    const { tls } = await openInterception(settings({ tlsCert: written(cert), tlsKey: written(key) }));
    expect([tls!(null).cert, tls!('discord.com').cert]).toEqual([cert, cert]);
  });

  it.each([
    ['a certificate without a key', () => ({ tlsCert: '/c.pem' }), /belong together/],
    ['a missing file', () => ({ tlsCert: '/nowhere.pem', tlsKey: '/nowhere.pem' }), /cannot read .*ENOENT/],
    [
      'a key of another certificate',
      () => ({ tlsCert: written(new TestCa().leaf().cert), tlsKey: written(new TestCa().leaf().key) }),
      /are not a certificate with its key/,
    ],
  ])('refuses %s', async (_, values, message) => {
    await expect(openInterception(settings(values()))).rejects.toThrow(message);
  });
});

describe('an address that others can reach', () => {
  it('is listened on only where that is permitted, and then says what it means', async () => {
    const listen = '0.0.0.0:0';
    await expect(startRecorder({ listen, db: scratchFile() })).rejects.toThrow(
      /can be reached by other machines/,
    );
    const lines: string[] = [];
    const recorder = await startRecorder({
      listen,
      db: scratchFile(),
      allowRemote: true,
      log: (_, line) => lines.push(line),
    });
    await recorder.close();
    expect(lines).toEqual(['other machines can use the proxy at 0.0.0.0:0: what they send is recorded']);
  });
});
