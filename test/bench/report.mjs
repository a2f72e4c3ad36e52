/** Report: what was measured, as the Markdown of RESULTS.md; and the machine that it was measured on. */
import { cpus, totalmem } from 'node:os';
import process from 'node:process';
import { shown } from './figures.mjs';
import { mitmproxyVersion } from './scene.mjs';

/** One line about machine and versions; no names, no paths. */
export function machine() {
  const mitmproxy = mitmproxyVersion();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const parts = [
    `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`,
    memory,
    `Node ${process.versions.node}`,
  ];
  if (mitmproxy !== null) parts.push(`mitmproxy ${mitmproxy}`);
  return parts.join(', ');
}

/** A case's heading, table and notes. */
export function section({ title }, { rows, notes }) {
  const head =
    '| what | gatetape | reference | its figure | ratio | to reach |\n| --- | --: | --- | --: | --: | --- |';
  const lines = rows.map(({ what, figure, unit, reference = '–', referenceFigure = null, reach = '' }) => {
    const theirs = referenceFigure === null ? '–' : `${shown(referenceFigure)} ${unit}`;
    const ratio = referenceFigure === null ? '–' : shown(figure / referenceFigure);
    return `| ${what} | ${shown(figure)} ${unit} | ${reference} | ${theirs} | ${ratio} | ${reach} |`;
  });
  return [`### ${title}`, '', head, ...lines, '', ...notes.flatMap((note) => [note, ''])].join('\n');
}
