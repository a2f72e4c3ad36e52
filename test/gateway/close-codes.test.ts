/** The close code table says what Discord's documentation says. */
import { GatewayCloseCodes } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { CLOSE_CODES, findCloseCode, isSendable } from '../../src/gateway/close-codes.js';
import { wsFrame, wsRead } from '../support/ws-internals.js';

describe('CLOSE_CODES', () => {
  it('has each code once, in order', () => {
    const codes = CLOSE_CODES.map((row) => row.code);
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
  });

  it('knows every code of discord-api-types by the same name', () => {
    const squash = (name: string): string => name.replaceAll('_', '').toUpperCase();
    for (const [name, code] of Object.entries(GatewayCloseCodes).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    )) {
      expect(squash(findCloseCode(code)?.name ?? '')).toBe(squash(name));
    }
  });

  it('allows reconnecting as the official table does', () => {
    const byFlag = (flag: boolean): number[] =>
      CLOSE_CODES.filter((row) => row.code >= 4000 && row.isReconnectable === flag).map((row) => row.code);
    expect(byFlag(true)).toEqual([4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009]);
    expect(byFlag(false)).toEqual([4004, 4010, 4011, 4012, 4013, 4014]);
  });

  it('never offers a resume where a reconnect is refused', () => {
    for (const row of CLOSE_CODES) {
      if (row.isReconnectable === false) expect(row.isResumable).toBe(false);
    }
    expect([4007, 4009].map((code) => findCloseCode(code)?.isResumable)).toEqual([false, false]);
  });

  it('has the codes of RFC 6455 and of its registry by name', () => {
    const names = CLOSE_CODES.filter(({ code }) => code < 4000).map(({ code, name }) => [code, name]);
    expect(names).toEqual([
      [1000, 'NORMAL_CLOSURE'],
      [1001, 'GOING_AWAY'],
      [1002, 'PROTOCOL_ERROR'],
      [1003, 'UNSUPPORTED_DATA'],
      [1005, 'NO_STATUS_RECEIVED'],
      [1006, 'ABNORMAL_CLOSURE'],
      [1007, 'INVALID_PAYLOAD_DATA'],
      [1008, 'POLICY_VIOLATION'],
      [1009, 'MESSAGE_TOO_BIG'],
      [1010, 'MANDATORY_EXTENSION'],
      [1011, 'INTERNAL_ERROR'],
      [1012, 'SERVICE_RESTART'],
      [1013, 'TRY_AGAIN_LATER'],
      [1014, 'BAD_GATEWAY'],
      [1015, 'TLS_HANDSHAKE'],
    ]);
  });

  it('has the two that only docs.discord.food names, about which it says nothing more', () => {
    const open = { isReconnectable: null, isResumable: null };
    expect(findCloseCode(4015)).toMatchObject({ name: 'TOO_MANY_SESSIONS', ...open });
    expect(findCloseCode(4016)).toMatchObject({ name: 'CONNECTION_REQUEST_CANCELED', ...open });
  });

  it('says whether a session survives each, as far as that is documented and clients agree', () => {
    const byFlag = (flag: boolean | null): number[] =>
      CLOSE_CODES.filter(({ isResumable }) => isResumable === flag).map(({ code }) => code);
    // prettier-ignore
    expect(byFlag(true)).toEqual([
      1002, 1003, 1005, 1006, 1007, 1009, 1011, 1012, 1013, 1014, 1015, 4000, 4001, 4002,
    ]);
    expect(byFlag(null)).toEqual([1000, 1001, 1008, 1010, 4005, 4008, 4015, 4016]);
    expect(CLOSE_CODES.filter((row) => row.isReconnectable === null).map(({ code }) => code)).toEqual([
      1010, 4006, 4015, 4016,
    ]);
  });

  it('describes every code in one sentence', () => {
    for (const row of CLOSE_CODES) expect(row.description).toMatch(/^\S.*\.$/);
  });

  it('leaves unknown codes open', () => {
    for (const code of [4900, 3000, 0, Number.NaN]) expect(findCloseCode(code)).toBeNull();
  });
});

describe('isSendable', () => {
  it('agrees with what ws takes', async () => {
    const codes = [
      0,
      65_535,
      2000,
      2999,
      3000,
      4999,
      5000,
      ...Array.from({ length: 20 }, (_, at) => 999 + at),
    ];
    for (const code of codes) {
      const frame = wsFrame(Uint8Array.of(code >> 8, code & 0xff), { opcode: 8 });
      const isTaken = await wsRead([frame], { isServer: false }).then(
        () => true,
        () => false,
      );
      expect([code, isSendable(code)]).toEqual([code, isTaken]);
    }
  });
});
