/**
 * WASI preview 1 programs that serve: `wasi-js` with sockets that work.
 *
 * Preview 1 has no call to open a socket. A program is given listeners as open descriptors, accepts connections from
 * them, and waits in `poll_oneoff`; here it is suspended meanwhile (JSPI), and the event loop goes on.
 */
import type { Readable } from "node:stream";
import type { AuditSink } from "../audit.ts";
import { createHost, type Host, type HostOptions } from "../host.ts";
import type { Caps } from "../io/caps.ts";
import { ReadableSource } from "../io/stdio.ts";
import {
  type CoreFunction,
  type WasmExports,
  type WasmImports,
  type WasmModule,
  wasm,
} from "../lowered/webassembly.ts";
import type { Policy } from "../policy/policy.ts";
import { hasJspi } from "../runtime-features.ts";
import type { IpSocketAddress } from "../sockets/address.ts";
import { parseIp, socketAddressText, withPort } from "../sockets/address.ts";
import { TcpEndpoint } from "../sockets/tcp.ts";
import { ExitError } from "../wasi02/command.ts";
import type { GuestMemory } from "./abi.ts";
import { Listener, Stream } from "./descriptors.ts";
import { pollFunction } from "./poll.ts";
import { descriptorFunctions, type Functions, Guest, socketFunctions } from "./sockets.ts";
import { loadWasiJs } from "./wasi-js.ts";

/** What a preview 1 program is given. */
export interface Preview1Options {
  /**
   * Where it listens, one descriptor each: `tcp://127.0.0.1:8080`, `tcp://[::1]:0`. They follow the folders, so that
   * without any the first is 3. Naming an address here is what allows it; default none.
   */
  listen?: readonly string[];
  /**
   * Whether `accept` says "try again" instead of waiting, until the program has it otherwise; default true, as in
   * Wasmtime: Go, whose other goroutines would stand still, relies on it.
   */
  nonBlocking?: boolean;
  /** How many connections the kernel holds for each listener; default 128. */
  backlog?: number;
  /** Who may connect: the address of a peer is asked about before the program sees the connection; default anybody. */
  accept?: (peer: IpSocketAddress) => boolean;
  /** Its arguments, its name first; default none. */
  args?: readonly string[];
  /** Its environment; default empty. */
  env?: Readonly<Record<string, string>>;
  /** Folders that it may use: the name that it knows, and the folder; default none. */
  preopens?: Readonly<Record<string, string>>;
  /** Its standard input; default this process's. The output is this process's. */
  stdin?: Readable;
  /** Limits, as of `createHost`. */
  caps?: Partial<Caps>;
  /** Where grants and refusals are written down, as of `createHost`. */
  audit?: AuditSink;
  /** How socket options reach the kernel, as of `createHost`. */
  options?: NonNullable<HostOptions["options"]>;
}

/** A listener of a program. */
export interface Preview1Listener {
  /** The program's descriptor. */
  readonly fd: number;
  /** Where it listens; the port is the real one, also where 0 was asked for. */
  readonly address: IpSocketAddress;
}

/** A preview 1 program's world. */
export interface Preview1 {
  /** What listens, in the order of `listen`. */
  readonly listeners: readonly Preview1Listener[];
  /** The host whose sockets the program has: its counts, and its number in events. */
  readonly host: Host;
  /** The functions to import, under `wasi_snapshot_preview1`. */
  readonly imports: WasmImports;
  /**
   * Runs a command: its `_start`, until it returns or exits. Once only.
   *
   * @param program a module, or its bytes
   * @returns the exit code
   * @throws whatever the program traps with
   */
  run(program: WasmModule | Uint8Array<ArrayBuffer>): Promise<number>;
  /**
   * Runs an instance that was made with {@link imports}, as `run` does.
   *
   * @param exports its `memory`, and `_start` or, where it is a reactor, `_initialize`
   */
  start(exports: WasmExports): Promise<number>;
  /** Closes every socket, and ends what waits with an error; idempotent. */
  close(): void;
}

interface Engine {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: object) => { readonly exports: WasmExports };
  readonly promising: (call: CoreFunction) => () => Promise<unknown>;
}
const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

/** The functions that may have to wait. */
const WAITING = ["sock_accept", "sock_recv", "sock_send", "fd_read", "fd_write", "poll_oneoff"];

const MODULE = "wasi_snapshot_preview1";

/**
 * Makes the world of a preview 1 program, and begins to listen.
 *
 * @param options where it listens, and what else it is given
 * @throws Error where the runtime has no JSPI (Node has it from 24 on) or `wasi-js` is not installed; TypeError for an
 *   address that is not understood; Error that says which listener the system refused, and why
 */
export async function preview1(options: Preview1Options = {}): Promise<Preview1> {
  if (!hasJspi || wasm.Suspending === undefined) {
    throw new Error(
      `a preview 1 program is suspended while it waits (JSPI), which takes Node 24 or later; this is ${process.version}`,
    );
  }
  const addresses = (options.listen ?? []).map(parseListener);
  const { WASI, bindings } = await loadWasiJs();
  const wasi = new WASI({
    args: options.args ?? [],
    env: options.env ?? {},
    preopens: options.preopens ?? {},
    bindings: {
      ...bindings,
      exit: (code: number) => {
        throw new ExitError(code);
      },
      kill: (signal: string) => {
        throw new Error(`the program has raised ${signal}`);
      },
    },
  });
  const { caps, audit, options: how } = options;
  const host = createHost({
    policy: policyFor(options.accept),
    maySuspend: true,
    ...(caps !== undefined && { caps }),
    ...(audit !== undefined && { audit }),
    ...(how !== undefined && { options: how }),
  });
  const guest = new Guest(host.context, wasi);
  guest.putStdin(new Stream(new ReadableSource(options.stdin ?? process.stdin)));
  const listeners: Preview1Listener[] = [];
  try {
    for (const address of addresses) {
      const endpoint = listenOn(host, address, options.backlog);
      const listener = new Listener(endpoint, options.nonBlocking ?? true);
      listeners.push({ fd: guest.add(listener), address: endpoint.localAddress() });
    }
  } catch (error) {
    guest.closeAll();
    host.close();
    throw error;
  }

  const functions: Functions = {
    ...wasi.wasiImport,
    ...descriptorFunctions(guest, wasi.wasiImport),
    ...socketFunctions(guest),
    poll_oneoff: pollFunction(guest),
  };
  for (const name of WAITING) functions[name] = new wasm.Suspending(functions[name] as CoreFunction);
  const imports: WasmImports = { [MODULE]: functions };

  const start = async (exports: WasmExports): Promise<number> => {
    guest.attach(exports["memory"] as GuestMemory);
    const entry = exports["_start"] ?? exports["_initialize"];
    if (typeof entry !== "function") throw new Error("it exports no _start: it is no command");
    try {
      await engine.promising(entry as CoreFunction)();
      return 0;
    } catch (error) {
      if (error instanceof ExitError) return error.exitCode;
      throw error;
    } finally {
      // a reactor goes on
      if (exports["_start"] !== undefined) guest.closeAll();
    }
  };

  return {
    listeners,
    host,
    imports,
    start,
    run: (program) => {
      const module = program instanceof Uint8Array ? new engine.Module(program) : program;
      return start(new engine.Instance(module, imports).exports);
    },
    close: () => {
      guest.closeAll();
      host.close();
    },
  };
}

function parseListener(text: string): IpSocketAddress {
  const [, literal, port] = /^tcp:\/\/(.+):(\d{1,5})$/.exec(text) ?? [];
  const ip = literal === undefined ? undefined : parseIp(literal);
  if (ip === undefined || Number(port) > 65535) {
    throw new TypeError(
      `listen: ${text} is not understood; it is to look like tcp://127.0.0.1:8080 or tcp://[::1]:0`,
    );
  }
  return withPort(ip, Number(port));
}

function listenOn(host: Host, address: IpSocketAddress, backlog: number | undefined): TcpEndpoint {
  const endpoint = new TcpEndpoint(host.context, address.tag);
  try {
    endpoint.bind(address);
    if (backlog !== undefined) endpoint.setBacklog(BigInt(backlog));
    endpoint.listen();
    return endpoint;
  } catch (error) {
    throw typeof error === "string" ? new Error(`listen on ${socketAddressText(address)}: ${error}`) : error;
  }
}

// A program can't bind or connect by itself: only what the embedder has named is ever asked about, and peers.
function policyFor(accept: Preview1Options["accept"] = () => true): Policy {
  return {
    offers: (kind) => kind === "tcp",
    check: (use, address) => {
      if (use === "tcp-accept") return accept(address);
      return use === "tcp-bind" || use === "tcp-listen";
    },
    checkName: () => false,
  };
}
