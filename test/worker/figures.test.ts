/** Figures in shared memory. */
import { describe, expect, it } from 'vitest';
import {
  createFigures,
  FIGURE_NAMES,
  readFigures,
  writeFigures,
  type Figures,
} from '../../src/worker/boundary.js';

describe('figures', () => {
  it('start at zero', () => {
    const figures = readFigures(createFigures());
    expect(Object.keys(figures)).toEqual(FIGURE_NAMES);
    expect(Object.values(figures).every((figure) => figure === 0)).toBe(true);
  });

  it('come back as they were written, beyond 32 bits too', () => {
    const buffer = createFigures();
    const figures: Figures = {
      connections: 1,
      frames: 2,
      payloads: 3,
      undecodable: 4,
      gaps: 5,
      lostBytes: 6,
      wireBytes: 2 ** 45 + 1,
      payloadBytes: Number.MAX_SAFE_INTEGER,
    };
    writeFigures(buffer, figures);
    expect(readFigures(buffer)).toEqual(figures);
  });
});
