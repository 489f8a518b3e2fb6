/**
 * A preview 1 guest over the faces of a host: what it is given, and how it is run.
 */

import { Turns } from "../abi/turns.ts";
import type { CoreFunction, WasmExports, WasmModule } from "../abi/webassembly.ts";
import type { Time } from "../io/time.ts";
import { type IpSocketAddress, socketAddressText } from "../network/address.ts";
import { wasm } from "../runtime/webassembly.ts";
import type { TcpSocket } from "../wit/wasi02.ts";
import { FdFlags, FileType } from "./abi.ts";
import type { Faces } from "./faces.ts";
import { Folder } from "./files.ts";
import { importsOf, preview1Functions } from "./functions.ts";
import { Process } from "./process.ts";
import { LISTENER, rightsOfFolder, STDIN, STDOUT } from "./rights.ts";
import { Listener, Stream } from "./streams.ts";

/** What a guest is given beside its faces. */
export interface WorldOptions {
  readonly listen: readonly IpSocketAddress[];
  /** Whether `accept` says "try again" instead of waiting. */
  readonly nonBlocking: boolean;
  /** How many connections the kernel holds for each listener; undefined leaves it to the host. */
  readonly backlog?: number | undefined;
  /** Whether it is suspended while a face's promise is pending; else the faces block. */
  readonly isSuspending: boolean;
  /** The host's time; default the system's. */
  readonly time?: Time | undefined;
}

/** A listener of a program. */
export interface Preview1Listener {
  /** The program's descriptor. */
  readonly fd: number;
  /** Where it listens; the port is the real one, also where 0 was asked for. */
  readonly address: IpSocketAddress;
}

export class World {
  /** What listens, in the order that was asked for. */
  readonly listeners: readonly Preview1Listener[];
  /** All functions of `wasi_snapshot_preview1`, in an object without a prototype. */
  readonly functions: Record<string, CoreFunction>;
  readonly #process: Process;
  readonly #isSuspending: boolean;

  /**
   * Opens the standard streams, the folders and the listeners.
   *
   * @param faces a host's, by interface name
   * @throws Error that says which listener the host refused, and why
   */
  constructor(faces: object, options: WorldOptions) {
    const { isSuspending, time } = options;
    const turns = isSuspending ? new Turns(undefined, time) : undefined;
    const process = new Process(faces as Faces, () => turns?.notYet());
    this.#process = process;
    this.#isSuspending = isSuspending;
    try {
      openStreams(process);
      openFolders(process);
      this.listeners = options.listen.map((address) => {
        const socket = listenOn(process.faces, address, options.backlog);
        const flags = options.nonBlocking ? FdFlags.nonblock : 0;
        const fd = process.add({ is: new Listener(socket), rights: LISTENER, flags });
        return { fd, address: socket.localAddress() };
      });
    } catch (error) {
      process.closeAll();
      throw error;
    }
    this.functions = preview1Functions(process, turns);
  }

  /**
   * Makes an instance of a program.
   *
   * @throws Error that lists what it imports and is not served
   */
  instantiate(module: WasmModule): { readonly exports: WasmExports } {
    return new wasm.Instance(module, importsOf(module, this.functions));
  }

  /**
   * Runs an instance: its `_start` or, where it is a reactor, its `_initialize`.
   *
   * @throws what the program traps with; where it has exited, the `cause` of that is an `ExitError`
   */
  async start(exports: WasmExports): Promise<void> {
    this.#process.memory.attach(exports["memory"]);
    const entry = exports["_start"] ?? exports["_initialize"];
    if (typeof entry !== "function") throw new Error("not a command (no _start export)");
    try {
      if (this.#isSuspending) await wasm.promising(entry as CoreFunction)();
      else (entry as () => void)();
    } finally {
      // a reactor goes on
      if (exports["_start"] !== undefined) this.close();
    }
  }

  /** Lets go of every descriptor, and ends the program at its next call; idempotent. */
  close(): void {
    this.#process.end();
  }
}

function openStreams(process: Process): void {
  const { faces } = process;
  const typeOf = (terminal: Disposable | undefined): number => {
    terminal?.[Symbol.dispose]();
    return terminal === undefined ? FileType.unknown : FileType.characterDevice;
  };
  const stdin = new Stream(faces, {
    input: faces["wasi:cli/stdin"].getStdin(),
    type: typeOf(faces["wasi:cli/terminal-stdin"].getTerminalStdin()),
  });
  const stdout = new Stream(faces, {
    output: faces["wasi:cli/stdout"].getStdout(),
    type: typeOf(faces["wasi:cli/terminal-stdout"].getTerminalStdout()),
  });
  const stderr = new Stream(faces, {
    output: faces["wasi:cli/stderr"].getStderr(),
    type: typeOf(faces["wasi:cli/terminal-stderr"].getTerminalStderr()),
  });
  process.put(0, { is: stdin, rights: STDIN, flags: 0 });
  process.put(1, { is: stdout, rights: STDOUT, flags: 0 });
  process.put(2, { is: stderr, rights: STDOUT, flags: 0 });
}

function openFolders(process: Process): void {
  for (const [descriptor, name] of process.faces["wasi:filesystem/preopens"]?.getDirectories() ?? []) {
    const isReadOnly = descriptor.getFlags()["mutateDirectory"] !== true;
    process.add({ is: new Folder(descriptor, name), rights: rightsOfFolder(isReadOnly), flags: 0 });
  }
}

function listenOn(faces: Faces, address: IpSocketAddress, backlog: number | undefined): TcpSocket {
  const network = faces["wasi:sockets/instance-network"].instanceNetwork();
  let socket: TcpSocket | undefined;
  try {
    socket = faces["wasi:sockets/tcp-create-socket"].createTcpSocket(address.tag);
    socket.startBind(network, address);
    socket.finishBind();
    if (backlog !== undefined) socket.setListenBacklogSize(BigInt(backlog));
    socket.startListen();
    socket.finishListen();
    return socket;
  } catch (error) {
    socket?.[Symbol.dispose]();
    throw typeof error === "string" ? new Error(`listen on ${socketAddressText(address)}: ${error}`) : error;
  } finally {
    network[Symbol.dispose]();
  }
}
