/** `wasock run`: a command component, or a core module with WASI 0.2 imports, on our host. */
import { existsSync } from "node:fs";
import { type Caps, defaultCaps } from "../../host/io/caps.ts";
import { printable } from "../../host/io/printable.ts";
import { runWith } from "../../host/run/command.ts";
import type { EarlyThread } from "../../host/run/early-thread.ts";
import type { RunOptions } from "../../host/run/run-options.ts";
import { givesThreads } from "../../host/runtime-kind.ts";
import { endOnSignals, memoryOf, tellEnd, timeoutOf } from "./ending.ts";
import { foldersOf } from "./files.ts";
import { readOptions } from "./options.ts";
import { permissionsOf } from "./permissions.ts";
import { checkListening, isPreview1, listenerPermissions } from "./preview1.ts";
import { auditOption, listener } from "./trace.ts";
import { UsageError } from "./usage.ts";

const RUN_HELP: string = `wasock run [options] <file.wasm> [arguments]

Runs a command: a component that exports wasi:cli/run, or a core module that imports WASI 0.2. It may use
the network as far as it is allowed to, which is not at all by default.

network: a rule is [tcp://|udp://]host[:ports]; host is a name, *.name, an address, [IPv6], either with
/bits, private, loopback, link-local, multicast, or *; ports is 443, 8000-8100 or *. Rules are separated by
commas; without any, everything. docs/permissions.md tells what each covers.
  --allow-net[=rules]     connect to and send to these, and look their names up
  --allow-listen[=rules]  bind and listen on these own addresses
  --allow-dns[=names]     look these names up
  --deny-net=rules        never these, whatever else is allowed
  -S inherit-network, -S allow-ip-name-lookup
                          everything of these, as in Wasmtime; -S tcp=n, -S udp=n take TCP, UDP away
  --listen <address>      give a preview 1 program a listener: tcp://127.0.0.1:8080
limits
  --timeout <time>        end it after so long: 30s, 500ms, 2m; the exit code is 124 then
  --max-memory <size>     the memory that it may have: 256MiB, 2GiB, none; default 1GiB
  --max-sockets <n>       sockets that are open at a time
  --limit <name=n>        any other limit: ${Object.keys(defaultCaps)
    .filter((name) => name !== "sockets")
    .join(", ")
    .replace(/(.{40,70}),/, "$1,\n                          ")}

the program
  --dir <host[::guest][:ro]>
                          open a folder to it, which it knows by the name guest; with :ro it may change nothing there
  --env <name[=value]>    a variable of its environment; without a value, ours
  --sync                  run it on a thread of its own, which blocks while it waits, as is done anyway where
                          WebAssembly can't be suspended (Node below 24)
  --trace                 tell on stderr what it does on the network
  --audit <file>          append what was granted and refused to it, as lines of JSON
  -h, --help              print this

The program's exit code is the command's; 2: it can't be started, 124: its time was up, 134: it trapped.

examples
  wasock run --allow-net=example.com:443,tcp://10.0.0.0/8:5432 app.wasm
  wasock run --allow-listen=127.0.0.1:8080 server.wasm
`;

const OPTIONS = {
  "allow-net": { type: "string", multiple: true },
  "allow-listen": { type: "string", multiple: true },
  "allow-dns": { type: "string", multiple: true },
  "deny-net": { type: "string", multiple: true },
  S: { type: "string", short: "S", multiple: true },
  listen: { type: "string", multiple: true },
  timeout: { type: "string" },
  "max-memory": { type: "string" },
  "max-sockets": { type: "string" },
  limit: { type: "string", multiple: true },
  dir: { type: "string", multiple: true },
  env: { type: "string", multiple: true },
  sync: { type: "boolean" },
  trace: { type: "boolean" },
  audit: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** Options whose value may be left out, which means everything. */
const EVERYTHING = new Set(["--allow-net", "--allow-listen", "--allow-dns"]);

type Given = ReturnType<typeof parse>;

// our options, up to the file; what follows is the program's
function parse(args: readonly string[]) {
  const withValue = new Set(
    Object.entries(OPTIONS)
      .filter(([, { type }]) => type === "string")
      .map(([name]) => (name.length === 1 ? `-${name}` : `--${name}`)),
  );
  let at = 0;
  const own: string[] = [];
  for (; at < args.length; at++) {
    const arg = args[at] as string;
    if (!arg.startsWith("-") || arg === "-") break;
    if (EVERYTHING.has(arg)) own.push(`${arg}=*`);
    else own.push(arg);
    if (withValue.has(arg) && !EVERYTHING.has(arg) && at + 1 < args.length) own.push(args[++at] as string);
  }
  const { values } = readOptions("wasock run", { args: own, options: OPTIONS });
  return { values, file: args[at], rest: args.slice(at + 1) };
}

function environment({ values }: Given): Record<string, string> {
  const env = new Map<string, string>();
  for (const entry of values.env ?? []) {
    const at = entry.indexOf("=");
    const name = at < 0 ? entry : entry.slice(0, at);
    const ours = Object.hasOwn(process.env, name) ? process.env[name] : undefined;
    const value = at < 0 ? ours : entry.slice(at + 1);
    if (value !== undefined) env.set(name, value);
  }
  return Object.fromEntries(env);
}

function limits({ values }: Given): Partial<Caps> {
  const caps: Partial<Caps> = {};
  const set = (option: string, name: keyof Caps, text: string): void => {
    if (!/^[1-9]\d*$/.test(text)) {
      throw new UsageError(`${option} must be a whole number above 0, and is ${text}`);
    }
    caps[name] = Number(text);
  };
  if (values["max-sockets"] !== undefined) set("--max-sockets", "sockets", values["max-sockets"]);
  for (const limit of values.limit ?? []) {
    const at = limit.indexOf("=");
    const name = at < 0 ? limit : limit.slice(0, at);
    if (!Object.hasOwn(defaultCaps, name)) {
      throw new UsageError(`--limit ${limit}: known are ${Object.keys(defaultCaps).join(", ")}`);
    }
    set(`--limit ${name}`, name as keyof Caps, at < 0 ? "" : limit.slice(at + 1));
  }
  return caps;
}

/**
 * Runs the command.
 *
 * @param early a thread that the program may have
 * @returns its exit code
 */
export async function run(args: string[], early: EarlyThread | undefined): Promise<number> {
  const given = parse(args);
  const { values, file, rest } = given;
  if (values.help) {
    console.log(RUN_HELP);
    return 0;
  }
  if (file === undefined) throw new UsageError("wasock run takes a file: wasock run app.wasm");
  if (!existsSync(file)) throw new UsageError(`${printable(file, 1000)}: there is no such file`);
  const { timeout, "max-memory": memory, listen = [] } = values;
  const isOld = isPreview1(file);
  checkListening(values, listen, isOld, file);
  const caps = limits(given);
  const heard = listener(values.trace ?? false, caps.traceBytes);
  const options: RunOptions = {
    ...(isOld ? listenerPermissions(values, listen) : permissionsOf(values)),
    args: rest,
    env: environment(given),
    dirs: foldersOf(values.dir ?? []),
    listen,
    stdin: "inherit",
    limits: caps,
    // so that it can be ended whatever it does
    isolation: givesThreads || timeout !== undefined ? "thread" : "none",
    trace: heard.take,
    traceChannels: heard.channels,
    ...(timeout !== undefined && { timeout: timeoutOf(timeout) }),
    ...(memory !== undefined && { maxMemory: memoryOf(memory) }),
    ...(values.sync === true && { blocking: true }),
    ...auditOption(values.audit),
  };
  const leaveSignals = givesThreads ? endOnSignals(file) : () => {};
  try {
    const result = await runWith(file, options, early);
    tellEnd(file, result, timeout);
    return result.exitCode;
  } finally {
    leaveSignals();
    for (const line of heard.end()) console.error(`wasock: ${line}`);
  }
}
