import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { findDestination, type Tunnels, tunnelOrigin } from '../../src/proxy/access.js';

const socket = new Socket();
const tunnels: Tunnels = new WeakMap([[socket, new URL('https://discord.com:443')]]);
const of = (url: string, isTunnelled = false): { origin: string | null; target: string } | null => {
  const request = { url, socket: isTunnelled ? socket : new Socket() } as unknown as IncomingMessage;
  const destination = findDestination(request, tunnels);
  return destination === null ? null : { ...destination, origin: destination.origin?.origin ?? null };
};

describe('destinationOf', () => {
  it.each([
    ['/api/v10?x=%41', { origin: null, target: '/api/v10?x=%41' }],
    ['//evil.example/x', { origin: null, target: '//evil.example/x' }],
    ['*', { origin: null, target: '/' }],
    ['http://discord.com/api//x?y#z', { origin: 'http://discord.com', target: '/api//x?y#z' }],
    ['HTTPS://discord.com:8443', { origin: 'https://discord.com:8443', target: '/' }],
    ['http://discord.com?x', { origin: 'http://discord.com', target: '/?x' }],
    ['http://discord.com@evil.example/', null],
    ['http://%@discord.com/', null],
    ['http://%31%32%37.0.0.1/', null],
    ['ftp://discord.com/', null],
    ['http://', null],
    ['discord.com:443', null],
  ])('of %s', (url, expected) => expect(of(url)).toEqual(expected));

  it.each([
    ['/x', { origin: 'https://discord.com', target: '/x' }],
    ['https://discord.com/x', { origin: 'https://discord.com', target: '/x' }],
    ['https://evil.example/x', null],
    ['http://127.0.0.1/x', null],
  ])('inside of a CONNECT to discord.com, of %s', (url, expected) => {
    expect(of(url, true)).toEqual(expected);
  });
});

describe('tunnelOrigin', () => {
  it.each([
    ['discord.com:443', 'https://discord.com'],
    ['[::1]:8443', 'https://[::1]:8443'],
    ['127.1:80', 'https://127.0.0.1:80'],
  ])('of %s', (authority, origin) => expect(tunnelOrigin(authority, true)?.origin).toBe(origin));

  it.each([
    'discord.com',
    'discord.com:99999',
    'a@b:443',
    'discord.com:443/x',
    '',
    ':443',
    'a b:443',
    'a%2fb:443',
  ])('of %s is null', (authority) => expect(tunnelOrigin(authority, false)).toBeNull());
});
