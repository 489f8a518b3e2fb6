/** What a program is run with. */
import { basename } from "node:path";
import type { ChannelName } from "../events/channels.ts";
import { type AnyEvent, channelNames } from "../events/trace.ts";
import type { FolderGrant } from "../files/folders.ts";
import type { HostOptions, HostStats } from "../host.ts";
import type { Caps } from "../io/caps.ts";
import { requireKnownKeys } from "../messages/known-keys.ts";
import { printable } from "../messages/printable.ts";
import type { Ask } from "../policy/asking.ts";
import type { AuditSink } from "../policy/audit.ts";
import type { Kind, Policy } from "../policy/policy.ts";
import { type PolicyRules, policyFromRules } from "../policy/rules.ts";
import { hasJspi } from "../runtime/kind.ts";
import { bare } from "../runtime/webassembly.ts";
import type { CallFrame } from "./call-frame.ts";
import { DEFAULT_MEMORY } from "./early-thread.ts";
import type { Layers } from "./layers.ts";
import type { Trapped } from "./outcome.ts";
import { RunError } from "./run-error.ts";
import type { InputOption, OutputOption } from "./stdio.ts";

/** What a program is run with. What is not named it doesn't have: no network, no files, no environment. */
export interface RunOptions {
  /** What it may do on the network: rules, or a policy in code; default nothing. */
  policy?: Policy | PolicyRules;
  /** Kinds of sockets, or look-ups, that it does without whatever the policy grants; default none. */
  without?: readonly Kind[];
  /**
   * Asked on this thread about what the rules neither allow nor deny, once about the same; the program waits. What peers
   * do is not asked about, nor a preview 1 program. Default: all that is refused.
   */
  ask?: Ask;
  /** Whose connections it takes: anyone's, or only of those that it may connect to; default anyone's. */
  acceptFrom?: "anyone" | "allowed";
  /** Its arguments, without its name; default none. */
  args?: readonly string[];
  /** What it is called: its first argument, and its name in messages; default the file's name, or `program.wasm`. */
  name?: string;
  /** Its environment; default empty. */
  env?: Readonly<Record<string, string>>;
  /** The folders that it may use; a string stands for a folder that it calls by the same name; default none. */
  dirs?: readonly (string | FolderGrant)[];
  /** Where a preview 1 program listens, as `tcp://127.0.0.1:8080`, if the policy allows it; default nowhere. */
  listen?: readonly string[];
  /** Its standard input: `"inherit"`, `"ignore"`, bytes, a text or a `Readable`; default `"ignore"`. */
  stdin?: InputOption;
  /**
   * Its standard output: `"inherit"`, `"ignore"`, `"pipe"`, which keeps up to 64 MiB of it for the result, or a
   * `Writable`, which is not ended; default `"inherit"`.
   */
  stdout?: OutputOption;
  /** Its standard error stream, likewise. */
  stderr?: OutputOption;
  /** Ends it when it is aborted. */
  signal?: AbortSignal;
  /** Ends it after so many milliseconds, from the call on; default never. */
  timeout?: number;
  /**
   * The bytes of linear memory that it may have, all its modules together; default 1 GiB. `memory.grow` beyond it
   * fails in the program; one that needs more to begin with is not started. Its tables may have an eighth on top.
   */
  maxMemory?: number;
  /** Limits of what it can make the host hold that differ from `defaultCaps`. */
  limits?: Partial<Caps>;
  /**
   * Where it runs; default `"thread"` with a `timeout` or a `signal`, and `"none"` without.
   * - `"none"`: on this thread, suspended while it waits. One that computes stops this thread meanwhile.
   * - `"thread"`: on a thread of its own, which can be ended whatever the program does. With options that are functions (a
   *   policy in code, a resolver, an audit stream), and where WebAssembly can't be suspended, only the program is
   *   there, and each of its calls that needs the host takes some 20 µs more.
   */
  isolation?: "none" | "thread";
  /** Whether it blocks its thread while it waits, instead of being suspended; default only where it must (Node below 24). */
  blocking?: boolean;
  /** Where grants and refusals are written down, as of `createHost`; default nowhere. */
  audit?: AuditSink;
  /** Told of its events, as of `createHost`; from another thread up to a thousand at a time, and then some are left out. */
  trace?: (channel: ChannelName, event: AnyEvent) => void;
  /** The channels of which `trace` is told; default all. */
  traceChannels?: readonly ChannelName[];
  /** Looks names up, as of `createHost`; default the network's resolver. */
  resolver?: HostOptions["resolver"];
  /**
   * What makes its sockets, looks its names up and tells it the time, as of `createHost`; default the system's. Its host is
   * on this thread then.
   */
  network?: HostOptions["network"];
}

/** How a program ended. */
export interface RunResult {
  /**
   * The program's own exit code, 0 or 1 where it has only returned; 124 after `timeout`, 134 for a trap, 143 after
   * `signal`.
   */
  readonly exitCode: number;
  /** Why it did not come to its end; `undefined` where it did. */
  readonly trapped: Trapped | undefined;
  /**
   * The program's functions that were being called when it trapped, or when an error that nobody caught ended it and it is from
   * `wasock build`; the innermost first, at most ten, each with its place where a source map beside the file tells it. None where it
   * ended otherwise, or where the engine tells none.
   */
  readonly frames: readonly CallFrame[];
  /** What it held when it ended; `undefined` where its thread had to be ended with it. */
  readonly stats: HostStats | undefined;
  /** What it wrote, of those that are `"pipe"`. */
  readonly stdout: Uint8Array | undefined;
  readonly stderr: Uint8Array | undefined;
}

const UNNAMED = "program.wasm";

/** setTimeout takes no more. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

const KNOWN = [
  ...[
    "policy",
    "without",
    "ask",
    "acceptFrom",
    "args",
    "name",
    "env",
    "dirs",
    "listen",
    "stdin",
    "stdout",
    "stderr",
    "signal",
    "timeout",
  ],
  ...[
    "maxMemory",
    "limits",
    "isolation",
    "blocking",
    "audit",
    "trace",
    "traceChannels",
    "resolver",
    "network",
  ],
] as const satisfies readonly (keyof RunOptions)[];

/** What crosses to another thread. */
export interface RunData {
  /** What messages call it. */
  readonly label: string;
  /** What it is called itself. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly dirs: readonly FolderGrant[];
  readonly listen: readonly string[];
  readonly maxMemory: number;
  /** Whether it is to end in the midst of any loop. */
  readonly isInterruptible: boolean;
  readonly limits: Partial<Caps>;
  readonly rules: PolicyRules | undefined;
  readonly without: readonly Kind[];
  readonly acceptFrom: "anyone" | "allowed";
  /** Whether somebody is to be asked. */
  readonly asks: boolean;
  readonly layers: Layers | undefined;
  readonly traceChannels: readonly ChannelName[] | undefined;
  readonly auditFile: number | undefined;
}

/** The options, checked. */
export interface Settings extends RunData {
  /** Whether the program and its host have a thread of their own. */
  readonly isolated: boolean;
  /** Whether it isn't suspended where it waits. */
  readonly blocks: boolean;
  readonly policy: Policy;
  readonly audit: AuditSink | undefined;
  readonly trace: RunOptions["trace"];
  readonly ask: Ask | undefined;
  readonly resolver: RunOptions["resolver"];
  readonly network: RunOptions["network"];
}

/**
 * Checks the options.
 *
 * @param path the program's file, where it is one
 * @param layers what stands between the program and its network
 * @param of whose they are
 * @param known those that it has
 * @throws RunError `ERR_OPTION`
 */
export function settingsOf(
  options: RunOptions,
  path: string | undefined,
  layers: Layers | undefined,
  of = "runCommand",
  known: readonly string[] = KNOWN,
): Settings {
  try {
    requireKnownKeys("options", `option of ${of}`, options, known);
    return check(options, path, layers);
  } catch (error) {
    if (error instanceof RunError || !(error instanceof TypeError || error instanceof RangeError))
      throw error;
    throw new RunError("ERR_OPTION", `${of}: ${error.message}`, { cause: error });
  }
}

function check(options: RunOptions, path: string | undefined, layers: Layers | undefined): Settings {
  const { policy = {}, maxMemory = DEFAULT_MEMORY, timeout, signal, isolation, blocking, audit } = options;
  oneOf("isolation", isolation, ["none", "thread"]);
  if (blocking !== undefined && typeof blocking !== "boolean")
    throw wrong("blocking", "true or false", blocking);
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0 && timeout <= LONGEST_TIMEOUT)) {
    throw wrong("timeout", `a number of milliseconds above 0, at most ${LONGEST_TIMEOUT}`, timeout);
  }
  if (typeof maxMemory !== "number" || !(maxMemory > 0)) {
    throw wrong("maxMemory", "a number of bytes above 0", maxMemory);
  }
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw wrong("signal", "an AbortSignal", signal);
  }
  if (timeout !== undefined && isolation === "none") {
    throw new TypeError('timeout can\'t be kept with isolation: "none": what computes would not let it pass');
  }
  if (typeof policy !== "object" || policy === null) throw wrong("policy", "a policy or its rules", policy);
  if (typeof audit === "number" && !(Number.isInteger(audit) && audit >= 0)) {
    throw wrong("audit", "a descriptor, or something with write", audit);
  }
  const without = texts("without", options.without ?? []) as Kind[];
  for (const kind of without) oneOf("without", kind, ["tcp", "udp", "resolve"]);
  for (const channel of texts("traceChannels", options.traceChannels ?? []))
    oneOf("traceChannels", channel, channelNames);
  if (options.trace !== undefined && typeof options.trace !== "function")
    throw wrong("trace", "a function", options.trace);
  const { acceptFrom = "anyone", ask } = options;
  if (ask !== undefined && typeof ask !== "function") throw wrong("ask", "a function", ask);
  oneOf("acceptFrom", acceptFrom, ["anyone", "allowed"]);
  const isCode = typeof (policy as Partial<Policy>).offers === "function";
  const isEnded = timeout !== undefined || signal !== undefined;
  const isolated = isolation === undefined ? isEnded : isolation === "thread";
  const blocks = blocking ?? !hasJspi;
  return {
    label: printable(path ?? options.name ?? UNNAMED, 1000),
    name: text("name", options.name ?? (path === undefined ? UNNAMED : basename(path))),
    args: texts("args", options.args ?? []),
    env: environment(options.env ?? {}),
    dirs: list("dirs", "folders", options.dirs ?? []).map((dir) =>
      typeof dir === "string" ? { host: dir } : { ...dir },
    ),
    listen: texts("listen", options.listen ?? []),
    maxMemory,
    isolated,
    blocks,
    isInterruptible: isEnded && (isolated || blocks),
    limits: { ...record("limits", options.limits ?? {}) },
    rules: isCode || (policy as PolicyRules).check !== undefined ? undefined : (policy as PolicyRules),
    policy: isCode ? (policy as Policy) : policyFromRules(policy as PolicyRules),
    without,
    acceptFrom,
    ask,
    asks: ask !== undefined,
    layers,
    audit,
    auditFile: typeof audit === "number" ? audit : undefined,
    trace: options.trace,
    traceChannels: options.traceChannels,
    resolver: options.resolver,
    network: options.network,
  };
}

/** Whether what is asked for can be had on another thread altogether: all of it is data. */
export function isData({ rules, audit, auditFile, resolver, network }: Settings): boolean {
  const isPlain = resolver === undefined && network === undefined;
  return rules !== undefined && audit === auditFile && isPlain;
}

/** Whether everything is granted: every address, which is every name as well, and nothing denied. */
export function mayReachAll({ rules, without }: Pick<RunData, "rules" | "without">): boolean {
  return rules?.allowNet === true && deniesNothing({ rules, without });
}

/** Whether a program that is not allowed to reach everything may be allowed it by who is asked. */
export function deniesNothing({ rules, without }: Pick<RunData, "rules" | "without">): boolean {
  if (rules === undefined || without.length > 0) return false;
  const { denyNet = false } = rules;
  return denyNet === false || (denyNet !== true && denyNet.length === 0);
}

/** What crosses to another thread. */
export function dataOf(settings: Settings): RunData {
  const { policy, audit, trace, ask, resolver, network, isolated, blocks, ...data } = settings;
  return { ...data, traceChannels: trace === undefined ? [] : data.traceChannels };
}

function environment(env: Readonly<Record<string, string>>): Record<string, string> {
  const own = bare<string>();
  for (const [name, value] of Object.entries(record("env", env))) {
    if (name === "" || /[=\0]/.test(name)) throw wrong("a name in env", "a text without = and NUL", name);
    own[name] = text(`env.${name}`, value);
  }
  return own;
}

function record<T extends object>(name: string, value: T): T {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(name, "an object", value);
  }
  return value;
}

function text(name: string, value: unknown): string {
  if (typeof value !== "string") throw wrong(name, "a text", value);
  return value;
}

function texts(name: string, values: readonly string[]): string[] {
  return list(name, "texts", values).map((value, i) => text(`${name}[${i}]`, value));
}

function list<T>(name: string, of: string, values: readonly T[]): readonly T[] {
  if (!Array.isArray(values)) throw wrong(name, `a list of ${of}`, values);
  return values;
}

function oneOf(name: string, value: unknown, known: readonly string[]): void {
  if (value !== undefined && !known.includes(value as string)) {
    throw wrong(name, known.map((one) => JSON.stringify(one)).join(" or "), value);
  }
}

function wrong(name: string, expected: string, value: unknown): TypeError {
  const is = typeof value === "string" ? JSON.stringify(value) : String(value);
  return new TypeError(`${name} must be ${expected}, and is ${is}`);
}
