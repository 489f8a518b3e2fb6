/** `wasock run`: a command component, or a core module with WASI 0.2 imports, on our host. */
import { type Caps, defaultCaps } from "../../host/io/caps.ts";
import { nearest } from "../../host/messages/known-keys.ts";
import { printable } from "../../host/messages/printable.ts";
import { noteKind } from "../../host/run/code-cache.ts";
import { runWith } from "../../host/run/command.ts";
import type { EarlyThread } from "../../host/run/early-thread.ts";
import type { RunOptions } from "../../host/run/run-options.ts";
import { givesThreads, hasJspi, variable } from "../../host/runtime/kind.ts";
import { askingOf } from "./asking.ts";
import type { RunValues } from "./config.ts";
import { endOnSignals, memoryOf, tellEnd, timeoutOf } from "./ending.ts";
import { foldersOf, natureOf, requireFile } from "./files.ts";
import { type Given, readGiven } from "./given.ts";
import { layersOf, tellDifferences } from "./layers.ts";
import { permissionsOf } from "./permissions.ts";
import { checkListening, listenerPermissions } from "./preview1.ts";
import { tellJson } from "./tell.ts";
import { auditOption, listener } from "./trace.ts";
import { UsageError } from "./usage.ts";

function environment(values: RunValues): Record<string, string> {
  const env = new Map<string, string>();
  for (const entry of values.env ?? []) {
    const at = entry.indexOf("=");
    const name = at < 0 ? entry : entry.slice(0, at);
    if (name === "") throw new UsageError(`--env ${printable(entry)}: a variable has a name: NAME=value`);
    const value = at < 0 ? variable(name) : entry.slice(at + 1);
    if (value !== undefined) env.set(name, value);
  }
  return Object.fromEntries(env);
}

function limits(values: RunValues): Partial<Caps> {
  const caps: Partial<Caps> = {};
  const set = (option: string, name: keyof Caps, text: string): void => {
    if (!/^[1-9]\d{0,14}$/.test(text)) {
      throw new UsageError(`${option}: expected a whole number above 0, got '${printable(text)}'`);
    }
    caps[name] = Number(text);
  };
  if (values["max-sockets"] !== undefined) set("--max-sockets", "sockets", values["max-sockets"]);
  for (const limit of values.limit ?? []) {
    const at = limit.indexOf("=");
    const name = at < 0 ? limit : limit.slice(0, at);
    if (!Object.hasOwn(defaultCaps, name)) {
      const near = nearest(name, Object.keys(defaultCaps));
      const hint =
        near === undefined ? `known are ${Object.keys(defaultCaps).join(", ")}` : `did you mean ${near}?`;
      throw new UsageError(`--limit ${printable(limit)}: ${hint}`);
    }
    set(`--limit ${name}`, name as keyof Caps, at < 0 ? "" : limit.slice(at + 1));
  }
  return caps;
}

/** Which option may have taken the file's name for its value. */
function taken({ own }: Given): string {
  const [option, value] = own.slice(-2);
  if (value === undefined || value.startsWith("-")) return "";
  return `; ${printable(String(option))} has taken ${printable(value, 1000)} for its value`;
}

/** Whether what stands where the file should is rather a rule of the option before it. */
function perhapsRule({ own }: Given, file: string): string {
  const [, option] = /^(--(?:allow|deny)-\w+)=\*$/.exec(own.at(-1) ?? "") ?? [];
  if (option === undefined || file.endsWith(".wasm")) return "";
  return `; a rule is joined to its option: ${option}=${printable(file, 1000)}`;
}

/**
 * Runs the command.
 *
 * @param early a thread that the program may have
 * @returns its exit code
 */
export async function run(args: string[], early: EarlyThread | undefined): Promise<number> {
  const given = readGiven(args);
  const { values, file, rest } = given;
  if (values.help) {
    console.log((await import("./help.ts")).runHelp(file));
    return 0;
  }
  if (values.json) tellJson();
  if (file === undefined) throw new UsageError(`wasock run takes a file: wasock run app.wasm${taken(given)}`);
  requireFile(file, perhapsRule(given, file));
  const { timeout, "max-memory": memory, listen = [] } = values;
  const { bytes, isPreview1: isOld, isWasi03, makesObjects } = natureOf(file);
  checkListening(given.flags, listen, isOld, file);
  const caps = limits(values);
  const heard = listener(values.trace ?? false, caps.traceBytes);
  // a preview 1 program asks for nothing: it has what --listen gives it
  const asking = isOld ? undefined : askingOf(given);
  const layers = await layersOf(values);
  // What can be ended by its time has a thread. So has what the system would not end by a signal, as the first process of a
  // container, or what might fill this process's heap. All others start in half the time without.
  const isApart = timeout !== undefined || (givesThreads && (makesObjects || process.pid === 1));
  const options: RunOptions = {
    ...(isOld ? listenerPermissions(values, listen) : permissionsOf(values)),
    ...(asking !== undefined && { ask: asking.ask }),
    args: rest,
    env: environment(values),
    dirs: foldersOf(values.dir ?? []),
    listen,
    stdin: "inherit",
    limits: caps,
    isolation: isApart ? "thread" : "none",
    trace: heard.take,
    traceChannels: heard.channels,
    ...(timeout !== undefined && { timeout: timeoutOf(timeout) }),
    ...(memory !== undefined && { maxMemory: memoryOf(memory) }),
    ...(values.sync === true && { blocking: true }),
    ...auditOption(values.audit),
  };
  const blocks = (values.sync === true || !hasJspi) && !isWasi03;
  const hasThread = givesThreads && (isApart || blocks);
  noteKind(hasThread ? "thread" : isOld ? "preview1" : isWasi03 ? "wasi03" : "wasi02");
  const leaveSignals = hasThread ? endOnSignals(file) : () => {};
  try {
    const result = await runWith(file, options, { bytes, early, layers });
    tellEnd(file, result, timeout);
    return tellDifferences(result.differences, result.exitCode);
  } finally {
    leaveSignals();
    heard.end();
    asking?.end();
  }
}
