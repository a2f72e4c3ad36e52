/** A line that is painted over on a terminal, and is nowhere to be seen elsewhere. */
import { describe, expect, it } from 'vitest';
import { StatusLine, type StatusStream } from '../../../src/cli/print/status-line.js';

function screen(isTTY: boolean, columns = 80): { stream: StatusStream; written: string[] } {
  const written: string[] = [];
  const write = (text: string): boolean => written.push(text) > 0;
  return { stream: { isTTY, columns, write }, written };
}

/** What a terminal shows after `written`: erased lines are gone. */
function shown(written: readonly string[]): string {
  const lines = written.join('').split('\n');
  return lines.map((line) => line.split('\r\u001b[2K').at(-1)).join('\n');
}

describe('StatusLine', () => {
  it('paints at once, prints notes above itself, and leaves only the notes', () => {
    const { stream, written } = screen(true);
    const line = new StatusLine(stream, () => '3 connections');
    line.start();
    expect(shown(written)).toBe('3 connections');
    line.note('gatetape: warning');
    expect(shown(written)).toBe('gatetape: warning\n3 connections');
    line.stop();
    line.note('done');
    expect(shown(written)).toBe('gatetape: warning\ndone\n');
  });

  it('prints notes only if there is no terminal', () => {
    const { stream, written } = screen(false);
    const line = new StatusLine(stream, () => 'x');
    line.start();
    line.note('gatetape: warning');
    line.stop();
    expect(written).toEqual(['gatetape: warning\n']);
  });

  it('never reaches the edge of the terminal', () => {
    const { stream, written } = screen(true, 10);
    const line = new StatusLine(stream, () => '0123456789abc');
    line.start();
    line.stop();
    expect(written[0]).toBe('\r\u001b[2K012345678');
  });

  it('assumes a usual width if the terminal’s is unknown', () => {
    const { stream, written } = screen(true, 0);
    const line = new StatusLine(stream, () => 'x'.repeat(100));
    line.start();
    line.stop();
    expect(written[0]).toBe(`\r\u001b[2K${'x'.repeat(79)}`);
  });
});
