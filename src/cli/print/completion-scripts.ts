/**
 * Scripts that complete the command line in bash, zsh and fish, written from a table of what each place takes.
 *
 * They run `gatetape` only for ids of sessions. Everything else is in the script, because a process for each press of
 * the key would be felt. bash is that of macOS too (3.2).
 */
import { fishScript } from './fish-script.js';

/** What a place of the command line takes. */
export type Completion =
  | { readonly type: 'words'; readonly words: readonly string[]; readonly isList: boolean }
  /** `recordings` are sessions or files, `programs` commands of the system. */
  | { readonly type: 'files' | 'folders' | 'sessions' | 'recordings' | 'programs' | 'nothing' };

/** A flag; `value` is null if it takes none. */
export interface CompletedFlag {
  readonly name: string;
  readonly description: string;
  readonly value: Completion | null;
}

/** A command. The one without a name is the program itself. */
export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly CompletedFlag[];
  readonly argument: Completion;
}

/** Shells that have a script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Name of a shell that has a script. */
export type Shell = (typeof SHELLS)[number];

/** The script for a shell. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  if (shell === 'fish') return fishScript(commands);
  return shell === 'bash' ? bashScript(commands) : zshScript(commands);
}

const SESSION_IDS = String.raw`sed -n 's/^{"id":\([0-9]*\),.*/\1/p'`;

const BASH_HEAD = `# Completion of gatetape in bash: source <(gatetape completion bash)
_gatetape_add() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done
}
_gatetape_words() { _gatetape_add < <(compgen -W "$1" -- "$current"); }
_gatetape_list() {
  local before=''
  [[ $current == *,* ]] && before="\${current%,*},"
  _gatetape_add < <(compgen -P "$before" -W "$1" -- "\${current##*,}")
}
_gatetape_files() {
  compopt -o filenames 2>/dev/null
  _gatetape_add < <(compgen -f -- "$current")
}
_gatetape_folders() {
  compopt -o filenames 2>/dev/null
  _gatetape_add < <(compgen -d -- "$current")
}
_gatetape_sessions() {
  _gatetape_words "latest $(gatetape sessions --format ndjson \${db:+--db "$db"} 2>/dev/null | ${SESSION_IDS})"
}
_gatetape_recordings() { _gatetape_sessions; _gatetape_files; }
_gatetape_programs() { _gatetape_add < <(compgen -c -- "$current"); _gatetape_files; }
_gatetape_nothing() { :; }
`;

function bashScript(commands: readonly CompletedCommand[]): string {
  return `${BASH_HEAD}_gatetape_argument() {
  case "$verb" in
${cases(argumentPlaces(commands), bashAction)}
  esac
}
_gatetape() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" verb='' db='' rest='' i word
  COMPREPLY=()
  if [[ $current == '=' ]]; then current=''
  elif [[ $previous == '=' ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in
      --) rest=1; break ;;
      --config | --db)
        [[ \${COMP_WORDS[i+1]} == '=' ]] && i=$((i + 1))
        i=$((i + 1))
        [[ $word == --db ]] && db="\${COMP_WORDS[i]}"
        ;;
      -* | =) ;;
      *) [[ -z $verb ]] && verb="$word" ;;
    esac
  done
  if [[ -n $rest ]]; then _gatetape_argument; return; fi
  case "$verb:$previous" in
${cases(flagPlaces(commands), bashAction)}
  esac
  if [[ $current != -* ]]; then _gatetape_argument; return; fi
  case "$verb" in
${commands
  .map(({ name, flags }) =>
    branch(quote(name), `_gatetape_words ${quote(flags.map((flag) => flag.name).join(' '))}`),
  )
  .join('\n')}
  esac
}
complete -F _gatetape gatetape
`;
}

function bashAction(value: Completion): string {
  if (value.type !== 'words') return `_gatetape_${value.type}`;
  return `_gatetape_${value.isList ? 'list' : 'words'} ${quote(value.words.join(' '))}`;
}

function zshScript(commands: readonly CompletedCommand[]): string {
  const verbs = commands.filter(({ name }) => name !== '');
  return `#compdef gatetape
# Completion of gatetape in zsh: source <(gatetape completion zsh), after compinit; or as _gatetape in a folder of fpath.
_gatetape_list() { compset -P '*,'; compadd -S '' -- "$@"; }
_gatetape_sessions() {
  local -a ids
  ids=(latest \${(f)"$(gatetape sessions --format ndjson \${db:+--db} \${db:+$db} 2>/dev/null | ${SESSION_IDS})"})
  compadd -- $ids
}
_gatetape_recordings() { _gatetape_sessions; _files; }
_gatetape_programs() { _command_names -e; _files; }
_gatetape_commands() {
  local -a verbs
  verbs=(
${verbs.map((command) => `    ${described(command)}`).join('\n')}
  )
  _describe -t commands command verbs
}
_gatetape_argument() {
  case "$verb" in
    '') _gatetape_commands ;;
${cases(argumentPlaces(commands.filter(({ name }) => name !== '')), zshAction)}
  esac
}
_gatetape() {
  local current="$words[CURRENT]" previous="$words[CURRENT-1]" verb='' db='' rest='' word
  local -i i
  local -a flags
  for ((i = 2; i < CURRENT; i++)); do
    word="$words[i]"
    case "$word" in
      --) rest=1; break ;;
      --db=*) db="\${word#--db=}" ;;
      --config | --db)
        i=$((i + 1))
        [[ $word == --db ]] && db="$words[i]"
        ;;
      -*) ;;
      *) [[ -z $verb ]] && verb="$word" ;;
    esac
  done
  if [[ -n $rest ]]; then _gatetape_argument; return; fi
  if [[ $current == --*=* ]]; then
    previous="\${current%%=*}"
    compset -P "$previous="
  fi
  case "$verb:$previous" in
${cases(flagPlaces(commands), zshAction)}
  esac
  if [[ $current != -* ]]; then _gatetape_argument; return; fi
  case "$verb" in
${commands.map(({ name, flags }) => branch(quote(name), `flags=(${flags.map(described).join(' ')})`)).join('\n')}
  esac
  _describe -t options option flags
}
if [[ $funcstack[1] == _gatetape ]]; then _gatetape "$@"; else compdef _gatetape gatetape; fi
`;
}

function zshAction(value: Completion): string {
  switch (value.type) {
    case 'words':
      return `${value.isList ? '_gatetape_list' : 'compadd --'} ${value.words.join(' ')}`;
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    case 'nothing':
      return ':';
    default:
      return `_gatetape_${value.type}`;
  }
}

/** A word of `_describe`, with its description behind a colon. */
function described({ name, description }: Pick<CompletedFlag, 'name' | 'description'>): string {
  return quote(`${name}:${description}`);
}

type Place = readonly [pattern: string, value: Completion];

function argumentPlaces(commands: readonly CompletedCommand[]): readonly Place[] {
  return commands.map(({ name, argument }) => [quote(name), argument]);
}

function flagPlaces(commands: readonly CompletedCommand[]): readonly Place[] {
  return commands.flatMap((command) =>
    command.flags.flatMap(({ name, value }): readonly Place[] =>
      value === null ? [] : [[quote(`${command.name}:${name}`), value]],
    ),
  );
}

/** Branches of a `case`, one for all places that take the same, so that each list is in the script once. */
function cases(places: readonly Place[], action: (value: Completion) => string): string {
  const byAction = new Map<string, string[]>();
  for (const [pattern, value] of places) {
    const patterns = byAction.get(action(value));
    if (patterns === undefined) byAction.set(action(value), [pattern]);
    else patterns.push(pattern);
  }
  return [...byAction].map(([does, patterns]) => branch(patterns.join(' | '), `${does}; return`)).join('\n');
}

function branch(pattern: string, does: string): string {
  return `    ${pattern}) ${does} ;;`;
}

/** A text as one word of bash and zsh. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
