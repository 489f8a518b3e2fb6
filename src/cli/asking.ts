/** What becomes of what a program asks for and no rule allows: a question, a list of what it takes, or a hint. */
import { printable } from "../../host/messages/printable.ts";
import { type Ask, isUnderstood, type PermissionRequest } from "../../host/policy/asking.ts";
import type { Config, RunValues } from "./config.ts";
import type { Given } from "./given.ts";
import { askAtTerminal, canAsk } from "./prompt.ts";
import { paint, tell, tellsJson } from "./tell.ts";

/** More refusals than this are one kind of news. */
const MOST_HINTS = 10;

/** Who is asked in a run, and what is to be told at its end. */
export interface Asking {
  readonly ask: Ask;
  /** Tells it. */
  end(): void;
}

/** The options that a request's rules are given by. */
const OPTIONS = { allowNet: "allow-net", allowListen: "allow-listen", allowDns: "allow-dns" } as const;

/** What a program wants to do with the target, in words. */
const VERBS: Readonly<Record<PermissionRequest["use"], string>> = {
  "tcp-bind": "listen on",
  "tcp-listen": "listen on",
  "tcp-accept": "accept from",
  "tcp-connect": "connect to",
  "udp-bind": "receive datagrams on",
  "udp-send": "send datagrams to",
  "udp-receive": "receive datagrams on",
  resolve: "look up",
  http: "request",
};

/** Who is asked: a list that is told at the end, a person, or nobody. */
export function askingOf(given: Given): Asking {
  if (given.values.learn === true) return learning(given);
  if (given.values.prompt !== false && !tellsJson() && canAsk()) return prompting(given);
  return hinting(given);
}

/** Everything is allowed; the rules that it took are told. */
function learning(given: Given): Asking {
  const learnt: PermissionRequest[] = [];
  return {
    ask: (request) => {
      learnt.push(request);
      return "run";
    },
    end: () => {
      const flags = flagsOf(given.values, learnt);
      if (learnt.length === 0) {
        tell("learnt", `${nameOf(given)} asked for nothing that it wasn't allowed`, { flags }, "good");
        return;
      }
      tell("learnt", `${nameOf(given)} runs without --learn so:`, { flags }, "good");
      tellCommand(given, learnt);
    },
  };
}

/** Nothing more is allowed; what was refused is told, and the command that allows it. */
function hinting(given: Given): Asking {
  const refused: PermissionRequest[] = [];
  return {
    ask: (request) => {
      // of each there is a line already
      if (request.use === "http") return "deny";
      refused.push(request);
      return refused.length === MOST_HINTS ? "none" : "deny";
    },
    end: () => {
      if (refused.length === 0) return;
      const hints = refused.map(forNextTime);
      for (const [at, { use, target }] of refused.entries()) {
        const { option, rule } = hints[at] as PermissionRequest;
        const flag = `--${OPTIONS[option]}=${rule}`;
        // what its addresses are is known only when it may be looked up
        const but =
          use === "resolve" && given.values["deny-net"] ? ", but no address that --deny-net names" : "";
        const message = `${use} ${target} was not allowed; ${flag} allows it${but}`;
        tell("refused", message, { use, target, flag }, "hint");
      }
      tellCommand(given, hints);
    },
  };
}

/** Who looks a name up wants to connect to it, on a port that is not known yet: one more round would only ask again. */
function forNextTime(request: PermissionRequest): PermissionRequest {
  const connecting = { ...request, option: "allowNet" } as const;
  return request.use === "resolve" && isUnderstood(connecting) ? connecting : request;
}

/** A person at the terminal. */
function prompting(given: Given): Asking {
  const { config, file = "" } = given;
  const refused: PermissionRequest[] = [];
  return {
    ask: (request) => {
      const answer = askPerson(given, request);
      if (answer === "a" && config !== undefined) {
        return remember(config, file, request) ? "run" : "once";
      }
      if (answer === "o") return "once";
      if (answer === "r") return "run";
      refused.push(request);
      return answer === "n" ? "none" : "deny";
    },
    end: () => {
      for (const { use, target } of refused.slice(0, MOST_HINTS)) {
        tell("refused", `${use} ${target} was not allowed, as you said`);
      }
    },
  };
}

function askPerson(given: Given, request: PermissionRequest): string | undefined {
  const { use, target, name, option, rule } = request;
  const found = name === undefined || use === "resolve" ? "" : `, which is an address of ${printable(name)}`;
  const flag = `--${OPTIONS[option]}=${rule}`;
  const choices = [
    "o: only this once",
    `r: for this run (${flag})`,
    ...(given.config === undefined ? [] : ["a: always (wasock.json)"]),
    "d: deny",
    "n: deny whatever else it asks for",
  ];
  const lines = [
    `${paint("hint", "wasock asks:")} ${nameOf(given)} wants to ${VERBS[use]} ${target}${found}`,
    ...choices.map((choice) => `  ${choice}`),
    "type a letter and Enter:",
  ];
  return askAtTerminal(
    lines,
    choices.map((choice) => choice.charAt(0)),
  );
}

function remember(config: Config, file: string, request: PermissionRequest): boolean {
  try {
    config.add(file, request);
    return true;
  } catch (error) {
    tell(
      "error",
      `wasock.json could not be written, so that it is allowed this once: ${(error as Error).message}`,
    );
    return false;
  }
}

function nameOf({ file = "" }: Given): string {
  return printable(file, 1000);
}

/** The flags with what else is wanted, each rule that another one says already left out. */
function flagsOf(values: RunValues, wanted: readonly PermissionRequest[]): string[] {
  const connects = new Set(wanted.filter(({ option }) => option === "allowNet").map(({ name }) => name));
  const flags: string[] = [];
  for (const option of ["allowNet", "allowListen", "allowDns"] as const) {
    const rules = wanted.filter((each) => each.option === option).map(({ rule }) => rule);
    // who may connect to a name may look it up
    const needed = option === "allowDns" ? rules.filter((name) => !connects.has(name)) : bothAsOne(rules);
    if (needed.length === 0) continue;
    const named = [...(values[OPTIONS[option]] ?? []), ...needed];
    const all = new Set(named.includes("*") ? ["*"] : named);
    flags.push(`--${OPTIONS[option]}=${[...all].join(",")}`);
  }
  return flags;
}

/** A rule for TCP and one for UDP are one without a scheme. */
function bothAsOne(rules: readonly string[]): string[] {
  const all = new Set(rules);
  const plain = (rule: string): string => rule.replace(/^(?:tcp|udp):\/\//, "");
  return [
    ...new Set(
      [...all].map((rule) =>
        all.has(`tcp://${plain(rule)}`) && all.has(`udp://${plain(rule)}`) ? plain(rule) : rule,
      ),
    ),
  ];
}

/** Tells the command with these flags, on a line that can be pasted into a shell. */
function tellCommand({ values, own, file = "", rest }: Given, wanted: readonly PermissionRequest[]): void {
  if (tellsJson()) return;
  const flags = flagsOf(values, wanted);
  const replaced = flags.map((flag) => flag.slice(0, flag.indexOf("=")));
  const kept = own.filter((arg) => arg !== "--learn" && !replaced.some((name) => arg.startsWith(`${name}=`)));
  const words = ["wasock", "run", ...flags, ...kept, file, ...rest];
  console.error(`  ${printable(words.map(quoted).join(" "), 10_000)}`);
}

/** A word for a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./[\]-]+$/.test(word) && !/[[\]]/.test(word)
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}
