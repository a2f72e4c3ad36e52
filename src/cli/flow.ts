/**
 * `gatetape flow`: a session, or any other selection, as a sequence diagram or as a trace.
 */
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import type { DrawOptions, Flow, FlowTone } from '../library/flow.js';
import type { LoadedRecording } from '../library/recording.js';
import { addFrameOptions, readFrameFilter, readTerms } from './options/filters.js';
import { addSettings, readConfig } from './options/config-options.js';
import { withReader } from './options/query.js';
import { choiceOption, COUNT, typed } from './options/values.js';
import { type OutputFlags, printToFile, requireOutput } from './print/file-output.js';
import type { Style } from './print/paint.js';
import { StatusLine } from './print/status-line.js';
import { openTerminal, type Terminal } from './print/terminal.js';
import { formatCount, plural } from '../units.js';

const FORMS = ['text', 'mermaid', 'svg', 'perfetto'] as const;

type Form = (typeof FORMS)[number];

const EXAMPLES = `
Examples:
  gatetape flow --session latest                        a session, in the terminal
  gatetape flow --session 3 --as svg --output login.svg
  gatetape flow --tape login.tape.ndjson --as mermaid   for a README or an issue on GitHub
  gatetape flow --filter 'since:10m -event:PRESENCE_UPDATE' --heartbeats
  gatetape flow --as perfetto --output trace.json       open it at https://ui.perfetto.dev

Equal messages in a row are one step. Above --steps, different ones are too, and then the middle is left out.
Heartbeats are counted; --heartbeats, or a filter that names them, draws them.`;

/** Default of `--steps` by form. Mermaid draws no more than 50,000 characters. */
const STEPS: Readonly<Record<Form, number>> = { text: 1_000, mermaid: 200, svg: 500, perfetto: 500_000 };

const STYLES: Readonly<Record<FlowTone, Style>> = {
  plain: 'plain',
  strong: 'cyan',
  quiet: 'dim',
  bad: 'red',
};

/** Flags about data that a tape does not have. */
const DATABASE_FLAGS = {
  session: '--session',
  connection: '--connection',
  capture: '--capture',
  since: '--since',
  until: '--until',
  minSize: '--min-size',
  maxSize: '--max-size',
  where: '--where',
  grep: '--grep',
} as const;

interface FlowFlags extends OutputFlags, Pick<DrawOptions, 'heartbeats' | 'rest'> {
  readonly as: Form;
  readonly tape?: string;
  readonly steps?: number;
}

/** Adds the command `flow`. */
export function addFlow(program: Command): void {
  const command = program.command('flow').description('draw a session as a sequence of messages');
  addFrameOptions(addSettings(command, ['db']))
    .option('--tape <file>', 'a tape instead of the database')
    .addOption(choiceOption('--as <form>', 'form of the diagram', FORMS).default('text'))
    .addOption(typed('--steps <count>', 'at most so many steps; of perfetto, payloads', COUNT))
    .option('--heartbeats', 'draw heartbeats too')
    .option('--no-rest', 'without REST calls')
    .option('--output <file>', 'file to write (default: standard output, as with -)')
    .option('--force', 'replace the file if it exists')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(flags: FlowFlags, command: Command): Promise<void> {
  await requireOutput(flags);
  const options = { rest: flags.rest, heartbeats: flags.heartbeats, steps: flags.steps ?? STEPS[flags.as] };
  if (flags.as === 'perfetto') return trace(flags, options, command);
  let frames = 0;
  const status = new StatusLine(process.stderr, () => `flow: ${plural(frames, 'frame')} read`);
  status.start();
  try {
    const flow = await draw(flags, { ...options, onProgress: (count) => (frames = count) }, command);
    status.stop();
    const terminal = openTerminal(command);
    await printToFile(flags, terminal.output, await formatLines(flow, flags, terminal));
    if (flow.isCoarse) terminal.note(`gatetape: note: ${explainLimit(flow, options.steps)}`);
  } finally {
    status.stop();
  }
}

async function draw({ tape }: FlowFlags, options: DrawOptions, command: Command): Promise<Flow> {
  const { drawCapture, drawRecording } = await import('../library/flow.js');
  let flow: Flow | null = null;
  if (tape !== undefined) {
    flow = await drawRecording(await readTape(tape, command), readTerms(command), options);
  } else {
    await withReader(command, async (reader) => {
      flow = await drawCapture(reader, readFrameFilter(command, reader), options);
    });
  }
  return requireSteps(flow, tape ?? readConfig(command).db);
}

function requireSteps(flow: Flow | null, source: string): Flow {
  // Without frames, a failed upgrade or a REST call can be drawn; both have answers.
  if (flow !== null && (flow.frames > 0 || flow.steps.some(({ answer }) => answer !== null))) return flow;
  throw new UsageError(
    `there is nothing to draw in ${source}`,
    'record something first, or choose other frames: see gatetape sessions and gatetape frames',
  );
}

async function formatLines(
  flow: Flow,
  { as, output }: FlowFlags,
  { paint, width }: Terminal,
): Promise<Iterable<string>> {
  const { formatFlow, formatFlowText } = await import('../library/flow.js');
  if (as === 'svg' || as === 'mermaid') return formatFlow(flow, as);
  const isFile = output !== undefined && output !== '-';
  if (isFile) return formatFlow(flow, 'text');
  return formatFlowText(flow, { style: (tone, text) => paint(STYLES[tone], text), width });
}

function explainLimit({ leftOut }: Flow, steps: number): string {
  const cut = leftOut === 0 ? '' : `, and ${plural(leftOut, 'step')} in the middle are not drawn`;
  return `to keep to ${plural(steps, 'step')}, different messages in a row are one${cut}: --steps draws more, a filter less`;
}

async function trace(flags: FlowFlags, options: DrawOptions, command: Command): Promise<void> {
  const { traceCapture, traceRecording } = await import('../library/flow.js');
  const terminal = openTerminal(command);
  const print = async ({ lines, countLeftOut }: ReturnType<typeof traceCapture>): Promise<void> => {
    await printToFile(flags, terminal.output, lines);
    if (countLeftOut() === 0) return;
    terminal.note(
      `gatetape: note: ${formatCount(countLeftOut())} payloads and calls are left out, because viewers cannot draw more: choose by --since and --until, or raise --steps`,
    );
  };
  const { tape } = flags;
  if (tape !== undefined) {
    return print(traceRecording(await readTape(tape, command), readTerms(command), options));
  }
  await withReader(command, (reader) =>
    print(traceCapture(reader, readFrameFilter(command, reader), options)),
  );
}

async function readTape(tape: string, command: Command): Promise<LoadedRecording['recording']> {
  const given = command.opts<Readonly<Record<string, unknown>>>();
  for (const [name, flag] of Object.entries(DATABASE_FLAGS)) {
    if (given[name] !== undefined) {
      throw new UsageError(
        `${flag} needs a database`,
        "choose from a tape by --op, --event or --filter 'd.path:value'",
      );
    }
  }
  const { loadRecording } = await import('../library/recording.js');
  return loadRecording({ tape }).recording;
}
