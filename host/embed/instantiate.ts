/** `instantiate`: a component of any world as an object of JavaScript. */
import { fileURLToPath } from "node:url";
import { decodeComponent, isComponent } from "../component/decode.ts";
import { traceHost } from "../events/trace.ts";
import type { Host, HostStats } from "../host.ts";
import { isMadeUp } from "../io/time.ts";
import { linkWorld } from "../link/link.ts";
import { hasTasks, type Program } from "../link/program.ts";
import { printable } from "../messages/printable.ts";
import { httpGate } from "../run/http.ts";
import { memoryLimit } from "../run/memory-limit.ts";
import { others } from "../run/program.ts";
import { readProgram } from "../run/program-file.ts";
import { RunError } from "../run/run-error.ts";
import { mayReachAll, type Settings, settingsOf } from "../run/run-options.ts";
import { endsOf, readableFrom, writableTo } from "../run/stdio.ts";
import { facesOf, hostOf } from "../run/world.ts";
import { dispose, hasJspi } from "../runtime/features.ts";
import { Embedding } from "./embedding.ts";
import { exportsOf } from "./exports.ts";
import { ownOf } from "./imports.ts";
import type { Imports, InstantiateOptions } from "./options.ts";
import { Resources } from "./resources.ts";

/** What an instance holds, of its host and of its own. */
export interface InstanceStats extends HostStats {
  /** Handles of all its parts: objects, and what is counted among {@link InstanceStats.waitables}. */
  readonly handles: number;
  /** Ends of streams and futures, sets, and calls that it has made. */
  readonly waitables: number;
}

/** A component that is instantiated. */
export interface Instance<Exports extends object = Record<string, unknown>> {
  /**
   * What it exports: its functions and classes, and interfaces by their full names and by their last words, as `calc` for
   * `acme:demo/calc@1.2.0`. `wasock types` tells their types.
   */
  readonly exports: Exports;
  /** What it holds. */
  stats(): InstanceStats;
  /**
   * Ends it: calls that are under way fail, streams too, and all that it holds is closed. Idempotent. Resolves when what it wrote
   * to standard output has left.
   */
  close(): Promise<void>;
  /** {@link Instance.close}, without waiting. */
  [Symbol.dispose](): void;
}

/**
 * Makes an instance of a component, whose functions can then be called: those that are async, many at a time.
 *
 * @param component its file, or its bytes
 * @param options what it is given, {@link InstantiateOptions}; it may do nothing by default
 * @throws the signal's reason, where that is aborted before it is there; RunError with a `code`, when it can't be instantiated or an option is wrong; what its own code did meanwhile is
 *   an {@link InstanceError}
 */
export async function instantiate<Exports extends object = Record<string, unknown>>(
  component: string | URL | Uint8Array,
  options: InstantiateOptions = {},
): Promise<Instance<Exports>> {
  const path = component instanceof URL ? fileURLToPath(component) : component;
  if (typeof path !== "string" && !(path instanceof Uint8Array)) {
    throw new RunError("ERR_OPTION", "instantiate: the component must be a path, a file: URL or its bytes");
  }
  const settings = settingsOf(
    options,
    typeof path === "string" ? path : undefined,
    undefined,
    "instantiate",
    KNOWN,
  );
  const { promises = false, imports = {}, signal } = options;
  if (typeof promises !== "boolean") throw wrong("promises must be true or false");
  if (typeof imports !== "object" || imports === null) throw wrong("imports must be an object");
  signal?.throwIfAborted();
  if (promises && !hasJspi) {
    throw new RunError(
      "ERR_RUNTIME",
      "instantiate: promises needs JSPI, which this runtime has not (Node has it from 24 on)",
    );
  }
  const bytes = typeof path === "string" ? await readProgram(path) : path;
  if (!isComponent(bytes))
    throw new RunError("ERR_INVALID_WASM", `${settings.label}: this is not a component`);
  return make<Exports>(bytes as Uint8Array<ArrayBuffer>, settings, options, promises, imports);
}

const KNOWN: readonly string[] = Object.keys({
  ...{
    policy: 1,
    without: 1,
    ask: 1,
    acceptFrom: 1,
    args: 1,
    name: 1,
    env: 1,
    dirs: 1,
    stdin: 1,
    stdout: 1,
    stderr: 1,
  },
  ...{
    maxMemory: 1,
    limits: 1,
    audit: 1,
    trace: 1,
    traceChannels: 1,
    resolver: 1,
    network: 1,
    signal: 1,
    imports: 1,
    promises: 1,
  },
} satisfies Record<keyof InstantiateOptions, 1>);

function wrong(what: string): RunError {
  return new RunError("ERR_OPTION", `instantiate: ${what}`);
}

async function make<Exports extends object>(
  bytes: Uint8Array<ArrayBuffer>,
  settings: Settings,
  options: InstantiateOptions,
  promises: boolean,
  imports: Imports,
): Promise<Instance<Exports>> {
  const host = hostOf(settings, settings, { isBlocking: false, maySuspend: promises });
  const ends = endsOf(options);
  const stopTrace = traceHost(host.id, settings.trace, settings.traceChannels);
  const { signal } = options;
  const abort = (): void => embedding.close();
  const close = (): void => {
    signal?.removeEventListener("abort", abort);
    host.close();
    stopTrace();
  };
  const embedding = new Embedding(close);
  signal?.addEventListener("abort", abort);
  try {
    const { exports, program } = await link(bytes, settings, { host, ends, embedding, promises, imports });
    const closed = async (): Promise<void> => {
      embedding.close();
      await Promise.all([ends.stdout.drained(), ends.stderr.drained()]);
      for (const end of Object.values(ends)) end.release();
    };
    let closing: Promise<void> | undefined;
    const instance: Instance<Exports> = {
      exports: exports as Exports,
      stats: () => ({
        ...host.stats(),
        handles: program.tables.reduce((sum, { size }) => sum + size, 0),
        waitables: program.scheduler.waitables,
      }),
      close: () => (closing ??= closed()),
      [dispose]: () => void instance.close(),
    };
    // it may have been while it was linked
    signal?.throwIfAborted();
    return Object.freeze(instance);
  } catch (error) {
    close();
    for (const end of Object.values(ends)) end.release();
    if (error instanceof RunError || signal?.aborted || !(error instanceof Error)) throw error;
    if (error.name === "RuntimeError") throw embedding.thrown(error);
    throw new RunError("ERR_INVALID_WASM", `${settings.label}: ${printable(error.message, 1000)}`, {
      cause: error,
    });
  }
}

interface Parts {
  readonly host: Host;
  readonly ends: ReturnType<typeof endsOf>;
  readonly embedding: Embedding;
  readonly promises: boolean;
  readonly imports: Imports;
}

async function link(
  bytes: Uint8Array<ArrayBuffer>,
  settings: Settings,
  { host, ends, embedding, promises, imports }: Parts,
): Promise<{ readonly exports: object; readonly program: Program }> {
  const faces = facesOf(
    host,
    { args: [settings.name, ...settings.args], env: settings.env },
    {
      ...{ dirs: settings.dirs, has03: true, flushes: promises },
      stdin: readableFrom(ends.stdin),
      stdout: writableTo(ends.stdout),
      stderr: writableTo(ends.stderr),
    },
  );
  const resources = new Resources(embedding, !isMadeUp(host.context.network));
  const component = decodeComponent(bytes);
  const { exports, program } = await linkWorld(component, {
    faces,
    suspending: hasJspi && (promises || hasTasks(component)),
    limitMemory: memoryLimit(settings.label, settings.maxMemory),
    own: ownOf(imports, { embedding, resources }),
    takesTurns: true,
    time: host.context.network,
    others: () => others(httpGate(host.context, mayReachAll(settings))),
  });
  embedding.attach(program.scheduler);
  const calling = { embedding, resources, promises, mayBlock: () => program.mayBlock };
  return { exports: exportsOf(exports, calling), program };
}
