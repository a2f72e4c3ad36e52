/**
 * The script that completes the command line in fish, which says one place a line.
 */
import type { CompletedCommand, Completion } from './completion-scripts.js';

const HEAD = String.raw`# Completion of gatetape in fish: gatetape completion fish | source
function __gatetape_command
  set -l words (commandline -opc)
  set -e words[1]
  set -l is_value 0
  for word in $words
    if test $is_value = 1
      set is_value 0
      continue
    end
    switch $word
      case --config
        set is_value 1
      case '-*'
      case '*'
        echo $word
        return
    end
  end
end
function __gatetape_in
  set -l verb (__gatetape_command)
  test -n "$verb"; and contains -- $verb $argv
end
function __gatetape_list
  set -l before (string replace -r '^--[^=]*=' '' -- (commandline -ct) | string replace -r '[^,]*$' '')
  printf '%s\n' "$before"$argv
end
function __gatetape_sessions
  set -l db (string match -r -g -- '--db[= ]+([^ ]+)' (commandline -p))
  set -l flags
  test -n "$db"; and set flags --db $db[1]
  echo latest
  gatetape sessions --format ndjson $flags 2>/dev/null | string match -r -g '^{"id":(\d+),'
end
complete -c gatetape -f`;

/** The script. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap((command) => {
    const { name, description, argument, flags } = command;
    const where = condition(name);
    return [
      ...(name === ''
        ? []
        : [`complete -c gatetape -n ${condition('')} -a ${name} -d ${quote(description)}`]),
      ...(name === '' || argument.type === 'nothing'
        ? []
        : [`complete -c gatetape -n ${where} ${takes(argument)}`]),
      ...flags.map(
        (flag) =>
          `complete -c gatetape -n ${where} -l ${flag.name.slice(2)} -d ${quote(flag.description)}` +
          (flag.value === null ? '' : ` -r ${takes(flag.value)}`),
      ),
    ];
  });
  return `${[HEAD, ...lines].join('\n')}\n`;
}

function condition(name: string): string {
  return name === '' ? `'test -z (__gatetape_command)'` : `'__gatetape_in ${name}'`;
}

function takes(value: Completion): string {
  switch (value.type) {
    case 'words':
      return `-f -a ${quote(value.isList ? `(__gatetape_list ${value.words.join(' ')})` : value.words.join(' '))}`;
    case 'files':
      return '-F';
    case 'folders':
      return `-f -a '(__fish_complete_directories)'`;
    case 'sessions':
      return `-f -a '(__gatetape_sessions)'`;
    case 'recordings':
      return `-F -a '(__gatetape_sessions)'`;
    case 'programs':
      return `-F -a '(__fish_complete_command)'`;
    case 'nothing':
      return '-f';
  }
}

/** A text as one word of fish. */
function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
