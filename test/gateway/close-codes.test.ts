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
