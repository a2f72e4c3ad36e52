/**
 * `gatetape ca`: makes the local certificate authority on first use, shows it, prints its certificate, and says how to
 * trust it for one process.
 */
import { type Command, Option } from 'commander';
import { UsageError } from '../errors.js';
import type { AuthorityReport } from '../library/interception.js';
import { addSettings, readConfig } from './options/config-options.js';
import { openTerminal, warn } from './print/terminal.js';

const EXAMPLES = `
Examples:
  gatetape ca                                    create it on first use, show it, and explain how to trust it
  gatetape ca --export pem > gatetape-ca.pem     the certificate, for a client that takes a file
  gatetape ca --export spki                      the fingerprint that Chromium takes
  gatetape ca --renew --upstream wss://gateway.example.org

It may sign only the hosts that it was made for, and its key never leaves its folder.`;

const FORMS = ['pem', 'der', 'spki'] as const;
type Form = (typeof FORMS)[number];

/** Adds the command `ca`. */
export function addCa(program: Command): void {
  const command = program
    .command('ca')
    .description('create, show and export the local certificate authority')
    .addOption(
      new Option('--export <form>', "print nothing but the certificate, or its key's fingerprint").choices(
        FORMS,
      ),
    )
    .option('--renew', 'replace it by a new one, which clients then have to trust again');
  addSettings(command, ['caDir', 'listen', 'upstream', 'api', 'allowHosts'])
    .addHelpText('after', EXAMPLES)
    .action((options: { export?: Form; renew?: boolean }, self: Command) => run(self, options));
}

async function run(command: Command, options: { export?: Form; renew?: boolean }): Promise<void> {
  const config = readConfig(command);
  const { inspectAuthority, openAuthority } = await import('../library/interception.js');
  if (options.renew === true) await openAuthority(config, true);
  // Shown as it is, also if it was made for other hosts.
  const authority = await inspectAuthority(config);
  if (authority.flaw !== null) warn(authority.flaw);
  if (options.export === 'der') {
    await printBytes(authority.certificate.raw);
    return;
  }
  const lines =
    options.export === 'pem'
      ? [authority.pem.trimEnd()]
      : options.export === 'spki'
        ? [authority.spki]
        : describeAuthority(authority);
  await openTerminal(command).output.print(lines);
}

/** Lines that show an authority, and how to trust it. */
export function describeAuthority({
  path,
  certificate,
  spki,
  permitted,
  recipes,
}: Omit<AuthorityReport, 'pem' | 'flaw'>): string[] {
  return [
    `certificate  ${path}`,
    `subject      ${certificate.subject.replace(/^CN=/, '')}`,
    `valid        ${formatDay(certificate.validFrom)} to ${formatDay(certificate.validTo)}`,
    `SHA-256      ${certificate.fingerprint256}`,
    `SPKI         ${spki}`,
    `may sign     ${permitted.join(', ')} (names with all below them)`,
    '',
    'To trust it for one process, rather than system-wide:',
    ...recipes.flatMap(({ client, lines }) => ['', `  ${client}`, ...lines.map((line) => `    ${line}`)]),
  ];
}

function formatDay(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}

/** Prints bytes on stdout, unless it is a terminal, which would interpret them. */
async function printBytes(bytes: Uint8Array): Promise<void> {
  if (process.stdout.isTTY) {
    throw new UsageError('DER is binary', 'send it to a file: gatetape ca --export der > gatetape-ca.der');
  }
  await new Promise<void>((resolve) => process.stdout.write(bytes, () => resolve()));
}
