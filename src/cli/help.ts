/** The text of `--help`, made of the options. */
import { defaultCaps } from "../../host/io/caps.ts";
import { type Flag, type Flags, RUN, type Topic } from "./flags.ts";
import { UsageError } from "./usage.ts";

/** How wide a line is. */
const WIDTH = 100;
/** Where what an option does begins. */
const COLUMN = 26;

/** What the parts of `wasock run --help` are called, and what they say besides the options. */
const TOPICS: Readonly<Record<Topic, { readonly title: string; readonly text: string }>> = {
  network: {
    title: "network",
    text:
      "A rule is [tcp://|udp://]host[:ports]; host is a name, *.name, an address, [IPv6], either with /bits, private, " +
      "loopback, link-local, multicast, or *; ports is 443, 8000-8100 or *. Rules are separated by commas; without any, " +
      "everything. docs/permissions.md tells what each covers.",
  },
  limits: { title: "limits", text: `Of --limit: ${Object.keys(defaultCaps).join(", ")}.` },
  program: { title: "the program", text: "" },
  testing: {
    title: "testing",
    text:
      "A rule of --fault is words: latency=50ms, jitter=20ms, bandwidth=64KiB/s, refuse=10%, timeout=2s, slow-close=1s, " +
      "slice=64B (with variation=16B, delay=5ms), limit-data=1MiB, reset (with after=1MiB or after=2s), partition (with " +
      "from=2s, for=5s), and of datagrams loss=10%, duplicate=5%, reorder=5%; of which connections: to and a rule as of " +
      "--allow-net, tcp or udp, toxicity=50%; in which direction: up (what the program sends) or down. Of each word the first " +
      "rule counts that says it. A capture has what the program sees. docs/testing.md tells more.",
  },
  telling: { title: "what is told", text: "" },
};

const RUN_HEAD = `wasock run [options] <file.wasm> [arguments]

${wrapped(
  "Runs a command: a component that exports wasi:cli/run, a core module that imports WASI 0.2, or a preview 1 program. It " +
    "may use the network as far as it is allowed to, which is not at all by default.",
  0,
)}
`;

const RUN_FOOT = `
The program's exit code is the command's; 2: it can't be started, 124: its time was up, 130, 143: a
signal, 134: it trapped.

examples
  wasock run --allow-net=example.com:443,tcp://10.0.0.0/8:5432 app.wasm
  wasock run --allow-listen=127.0.0.1:8080 server.wasm
  wasock run --learn app.wasm

wasock run --help ${Object.keys(TOPICS).join("|")} tells more of each.`;

/**
 * The help of `wasock run`.
 *
 * @param topic a part of it, with variables and keys of wasock.json; default all
 * @throws UsageError when there is no such part
 */
export function runHelp(topic?: string): string {
  if (topic === undefined) {
    const parts = (Object.keys(TOPICS) as Topic[]).map(
      (each) => `${TOPICS[each].title}\n${rows(flagsOf(each))}`,
    );
    return `${RUN_HEAD}\n${parts.join("\n\n")}\n${RUN_FOOT}`;
  }
  if (!Object.hasOwn(TOPICS, topic)) {
    throw new UsageError(`wasock run --help ${topic}: known are ${Object.keys(TOPICS).join(", ")}`);
  }
  const { title, text } = TOPICS[topic as Topic];
  const flags = flagsOf(topic as Topic);
  return [
    `wasock run, ${title}`,
    rows(flags),
    ...(text === "" ? [] : [wrapped(text, 0)]),
    `the same in a variable, or in wasock.json\n${sources(flags)}`,
  ].join("\n\n");
}

/**
 * The help of another command.
 *
 * @param usage its first line
 * @param text what it does
 * @param flags its options
 * @param foot what follows them
 */
export function helpOf(usage: string, text: string, flags: Flags, foot: string): string {
  return `${usage}\n\n${wrapped(text, 0)}\n\n${rows(Object.entries(flags))}\n\n${foot}`;
}

function flagsOf(topic: Topic): (readonly [string, Flag])[] {
  return Object.entries(RUN as Flags).filter(([, flag]) => flag.topic === topic);
}

function rows(flags: readonly (readonly [string, Flag])[]): string {
  return flags.map(([name, flag]) => row(name, flag)).join("\n");
}

function row(name: string, flag: Flag): string {
  const long = name.length === 1 ? `-${name}` : flag.isOn ? `--no-${name}` : `--${name}`;
  const short = flag.short === undefined || flag.short === name ? "" : `-${flag.short}, `;
  const { value, mayBeBare } = flag;
  const shown = value === undefined ? "" : mayBeBare ? `[=${value}]` : ` <${value}>`;
  const head = `  ${short}${long}${shown}`;
  const text = wrapped(flag.text, COLUMN);
  return head.length < COLUMN ? head.padEnd(COLUMN) + text : `${head}\n${" ".repeat(COLUMN)}${text}`;
}

function sources(flags: readonly (readonly [string, Flag])[]): string {
  return flags
    .filter(([, { variable }]) => variable !== undefined)
    .map(([name, { variable = "", key }]) =>
      `  --${name.padEnd(14)}${variable.padEnd(22)}${key ?? ""}`.trimEnd(),
    )
    .join("\n");
}

/** Breaks a text into lines, but for the first each behind so many blanks. */
function wrapped(text: string, indent: number): string {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) as string;
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
