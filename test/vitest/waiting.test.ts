import { describe, expect, it } from 'vitest';
import { pause, waitFor } from '../../src/vitest/waiting.js';

const never = (): Promise<void> => new Promise(() => undefined);

describe('waitFor', () => {
  it('looks at once, and again whenever something has happened', async () => {
    let looks = 0;
    const found = await waitFor(
      () => (++looks === 3 ? looks : null),
      () => Promise.resolve(),
    );
    expect(found).toBe(3);
  });

  it('gives up when the time is over', async () => {
    expect(await waitFor(() => null, never, { timeoutMs: 10 })).toBeNull();
    expect(await waitFor(() => null, never, { timeoutMs: 0 })).toBeNull();
  });

  it('waits without a limit on request', async () => {
    const looks: boolean[] = [];
    let isThere = false;
    const stirred = (): Promise<void> => pause(20).then(() => void (isThere = true));
    const look = (): true | null => (looks.push(isThere), isThere || null);
    expect(await waitFor(look, stirred, { timeoutMs: Infinity })).toBe(true);
    expect(looks).toEqual([false, true]);
  });

  it('notices events that occur during a check', async () => {
    let stir: () => void = () => undefined;
    let isThere = false;
    const look = (): Promise<true | null> => {
      const seen = isThere ? true : null;
      isThere = true;
      stir();
      return Promise.resolve(seen);
    };
    const stirred = (): Promise<void> => new Promise((resolve) => (stir = resolve));
    expect(await waitFor(look, stirred)).toBe(true);
  });
});
