/** `wasock completion`: what a shell completes, made of the options. */
import { BUILD, type Flag, type Flags, INIT, RELAY, RUN, SIMULATE, TYPES } from "./flags.ts";
import { templates } from "./init-files.ts";
import { UsageError } from "./usage.ts";

const SHELLS = { bash, zsh, fish } as const;

const COMPLETION_HELP = `wasock completion bash|zsh|fish

Prints what completes commands, options and files in a shell. For good:

  bash  wasock completion bash >> ~/.bashrc
  zsh   wasock completion zsh > ~/.zfunc/_wasock      (a folder of fpath)
  fish  wasock completion fish > ~/.config/fish/completions/wasock.fish
`;

/** What a command takes: a sentence for shells that show it, its options, and words that can follow. */
interface Completed {
  readonly text: string;
  readonly flags: Flags;
  readonly words: readonly string[];
}

const COMMANDS: Readonly<Record<string, Completed>> = {
  init: { text: "make a new project in AssemblyScript", flags: INIT, words: [] },
  build: { text: "make a component of an AssemblyScript program", flags: BUILD, words: [] },
  run: { text: "run a program that uses WASI", flags: RUN, words: [] },
  types: { text: "print the types of a component's functions", flags: TYPES, words: [] },
  simulate: { text: "try a scenario with many seeds", flags: SIMULATE, words: [] },
  relay: { text: "give pages TCP and UDP", flags: RELAY, words: [] },
  doctor: { text: "tell what this runtime can do", flags: {}, words: [] },
  trust: { text: "show a wasock.json, and let it count", flags: {}, words: [] },
  cache: { text: "tell what is kept to start sooner", flags: {}, words: ["clear"] },
  completion: { text: "print what completes in a shell", flags: {}, words: Object.keys(SHELLS) },
  help: { text: "tell more", flags: {}, words: ["init", "build", "run", "types"] },
};

/** Values that an option can have. */
const VALUES: Readonly<Record<string, readonly string[]>> = { template: templates };

/** Runs the command; its exit code. */
export async function completion(args: string[]): Promise<number> {
  const [shell, ...more] = args;
  if (shell === "--help" || shell === "-h") {
    console.log(COMPLETION_HELP);
    return 0;
  }
  if (shell === undefined || more.length > 0 || !Object.hasOwn(SHELLS, shell)) {
    throw new UsageError("wasock completion takes a shell: bash, zsh or fish");
  }
  console.log(SHELLS[shell as keyof typeof SHELLS]());
  return 0;
}

function optionsOf(flags: Flags): (readonly [option: string, name: string, flag: Flag])[] {
  return Object.entries(flags).map(([name, flag]) => {
    const option = name.length === 1 ? `-${name}` : flag.isOn === true ? `--no-${name}` : `--${name}`;
    return [option, name, flag] as const;
  });
}

/** Whether the value stands in a word of its own. */
function takesWord({ type, mayBeBare }: Flag): boolean {
  return type === "string" && mayBeBare !== true;
}

function bash(): string {
  const cases = Object.entries(COMMANDS).map(([name, { flags, words }]) => {
    const all = [...optionsOf(flags).map(([option]) => option), ...words];
    return `    ${name}) words="${all.join(" ")}" ;;`;
  });
  const values = Object.entries(VALUES).map(([name, all]) => `    --${name}) words="${all.join(" ")}" ;;`);
  return `_wasock() {
  local cur=\${COMP_WORDS[COMP_CWORD]} words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${Object.keys(COMMANDS).join(" ")} --version" -- "$cur"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join("\n")}
  esac
  case \${COMP_WORDS[COMP_CWORD-1]} in
${values.join("\n")}
  esac
  COMPREPLY=()
  # what is no option and no word is a file, which the shell completes itself
  [ "\${cur#-}" = "$cur" ] && [ "\${words#--}" != "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -o bashdefault -F _wasock wasock`;
}

function zsh(): string {
  const text = (words: string): string => words.replaceAll("'", "’").replaceAll(/[[\]:]/g, "\\$&");
  const commands = Object.entries(COMMANDS).map(([name, each]) => `    '${name}:${text(each.text)}'`);
  const cases = Object.entries(COMMANDS).map(([name, { flags, words }]) => {
    const specs = optionsOf(flags).map(([option, key, flag]) => {
      const many = flag.multiple === true ? "*" : "";
      const action =
        VALUES[key] !== undefined
          ? `(${VALUES[key].join(" ")})`
          : flag.names === "folder"
            ? "_files -/"
            : "_files";
      const value = flag.mayBeBare === true ? "=-" : "";
      const what =
        flag.type === "string"
          ? `:${text(flag.value ?? "value")}:${flag.names || VALUES[key] ? action : ""}`
          : "";
      return `'${many}${option}${value}[${text(flag.text)}]${what}'`;
    });
    const rest = words.length > 0 ? `'*:word:(${words.join(" ")})'` : "'*:file:_files'";
    return `    ${name}) _arguments ${[...specs, rest].join(" \\\n      ")} ;;`;
  });
  return `#compdef wasock
_wasock() {
  local -a commands=(
${commands.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join("\n")}
  esac
}
if [ "$funcstack[1]" = _wasock ]; then _wasock "$@"; else compdef _wasock wasock; fi`;
}

function fish(): string {
  const text = (words: string): string => `'${words.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = Object.entries(COMMANDS).flatMap(([name, { text: about, flags, words }]) => {
    const when = `-n '__fish_seen_subcommand_from ${name}'`;
    const options = optionsOf(flags).map(([option, key, flag]) => {
      const long = option.startsWith("--") ? `-l ${option.slice(2)}` : `-o ${option.slice(1)}`;
      const short = flag.short === undefined || !option.startsWith("--") ? "" : ` -s ${flag.short}`;
      const value = VALUES[key] === undefined ? "" : ` -x -a ${text(VALUES[key].join(" "))}`;
      return `complete -c wasock ${when} ${long}${short}${takesWord(flag) && value === "" ? " -r" : value} -d ${text(flag.text)}`;
    });
    const following = words.length === 0 ? [] : [`complete -c wasock ${when} -f -a ${text(words.join(" "))}`];
    return [
      `complete -c wasock -n __fish_use_subcommand -f -a ${name} -d ${text(about)}`,
      ...options,
      ...following,
    ];
  });
  return lines.join("\n");
}
