/**
 * An AssemblyScript program as a side: `test/assembly/programs/contract.ts`, built by `wasock build`, calls
 * `wasock/assembly` as it is told a line at a time, in Wasmtime (command.py) and on `wasock run`.
 *
 * A thrown error ends such a program, as everywhere in AssemblyScript, with its message on the standard
 * error output; the next call starts another one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ComponentFailure } from "./failure.ts";
import type {
  AddressInfoHandle,
  OpenedSide,
  Side,
  SideInput,
  SideMessage,
  SideOutput,
  SockaddrHandle,
  SocketHandle,
  Timeout,
} from "./side.ts";
import { findPython, findWasmtimeCommand } from "./wasmtime.ts";

const IN_WASMTIME = "AssemblyScript (Wasmtime)";
const ON_OUR_HOST = "AssemblyScript (wasock run)";
const IN_WASMTIME_03 = "AssemblyScript 0.3 (Wasmtime)";
const ON_OUR_HOST_03 = "AssemblyScript 0.3 (wasock run)";

/** The most that one call reads through a port. */
const PIECE = 65536;

const HOW = { read: 0, write: 1, both: 2 } as const;

/** An object that the program holds. */
class Held {
  readonly program: Program;
  readonly number: number;

  constructor(program: Program, number: number) {
    this.program = program;
    this.number = number;
  }
}

/** What the program's functions take and give. */
type Value = null | boolean | number | string | Uint8Array | Held;

function written(value: Value): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return `n${value}`;
  if (value instanceof Held) return `o${value.number}`;
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString("hex")}`;
  return `s${Buffer.from(value, "utf16le").swap16().toString("hex")}`;
}

/** The running program; it ends at the first error that it throws. */
class Program {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #said = "";
  ended = false;

  constructor(command: readonly [string, ...string[]]) {
    const [file, ...args] = command;
    this.#child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#lines = createInterface({ input: this.#child.stdout as NonNullable<ChildProcess["stdout"]> })[
      Symbol.asyncIterator
    ]();
    this.#child.stdin?.on("error", () => {}); // it has ended, which the next line tells
    this.#child.stderr?.on("data", (bytes: Buffer) => {
      this.#said += bytes;
    });
    this.#child.on("exit", () => {
      this.ended = true;
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Calls a function; its result's words. */
  async call(line: string): Promise<Value[]> {
    this.#child.stdin?.write(`${line}\n`);
    const answer = await this.#lines.next();
    if (!answer.done) return answer.value.split(" ").map((word) => this.#read(word));
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
    this.ended = true;
    const [, what, code] = /^Error: (.*) \((E[A-Z0-9]+)\)$/m.exec(this.#said) ?? [];
    if (what === undefined || code === undefined) throw new Error(`the program ended: ${this.#said}`);
    throw new ComponentFailure("", code, what);
  }

  #read(word: string): Value {
    if (word === "null") return null;
    if (word === "true" || word === "false") return word === "true";
    const rest = word.slice(1);
    if (word[0] === "n") return Number(rest);
    if (word[0] === "o") return new Held(this, Number(rest));
    if (word[0] === "b") return new Uint8Array(Buffer.from(rest, "hex"));
    return Buffer.from(rest, "hex").swap16().toString("utf16le");
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL"); // a call may be waiting
    await exit;
  }
}

class AssemblyScriptSide implements Side {
  readonly name: string;
  readonly runtime: string;
  readonly can = {
    concurrent: false,
    bulk: false,
    ports: true,
    lookup: true,
    throwing: false,
    catching: false,
    trunc: true,
    system: true,
  };
  readonly #command: readonly [string, ...string[]];
  #program: Program;

  constructor(name: string, runtime: string, command: readonly [string, ...string[]]) {
    this.name = name;
    this.runtime = runtime;
    this.#command = command;
    this.#program = new Program(command);
  }

  get pid(): number {
    return this.#program.pid;
  }

  async #all(name: string, ...args: unknown[]): Promise<Value[]> {
    if (this.#program.ended) this.#program = new Program(this.#command);
    const program = this.#program;
    // what an ended program had is gone, closed with it
    if (args.some((arg) => arg instanceof Held && arg.program !== program)) return [false];
    return program.call([name, ...args.map((arg) => written((arg ?? null) as Value))].join(" "));
  }

  async #call<T>(name: string, ...args: unknown[]): Promise<T> {
    return (await this.#all(name, ...args))[0] as T;
  }

  getAddressInfo(
    host: string | null,
    service: string | number | null,
    hints?: AddressInfoHandle,
  ): Promise<AddressInfoHandle | null> {
    return this.#call("getAddressInfo", host, service === null ? null : String(service), hints);
  }
  makeAddressInfo(family: number, socketType: number, protocol: number, flags?: number) {
    return this.#call<AddressInfoHandle>("makeAddressInfo", family, socketType, protocol, flags);
  }
  addressInfoFamily(ai: AddressInfoHandle): Promise<number> {
    return this.#call("addressInfoFamily", ai);
  }
  addressInfoSocketType(ai: AddressInfoHandle): Promise<number> {
    return this.#call("addressInfoSocketType", ai);
  }
  addressInfoProtocol(ai: AddressInfoHandle): Promise<number> {
    return this.#call("addressInfoProtocol", ai);
  }
  addressInfoFlags(ai: AddressInfoHandle): Promise<number> {
    return this.#call("addressInfoFlags", ai);
  }
  addressInfoAddress(ai: AddressInfoHandle): Promise<SockaddrHandle | null> {
    return this.#call("addressInfoAddress", ai);
  }
  addressInfoAddressLength(ai: AddressInfoHandle): Promise<number> {
    return this.#call("addressInfoAddressLength", ai);
  }
  addressInfoCanonname(ai: AddressInfoHandle): Promise<string | null> {
    return this.#call("addressInfoCanonname", ai);
  }
  addressInfoNext(ai: AddressInfoHandle): Promise<AddressInfoHandle | null> {
    return this.#call("addressInfoNext", ai);
  }

  async makeSockaddr(address?: string, port?: number): Promise<SockaddrHandle> {
    const made = await this.#call<SockaddrHandle | null>("makeSockaddr", address, port);
    if (made === null) throw new ComponentFailure(`makeSockaddr ${address}`, "EINVAL", "invalid argument");
    return made;
  }
  sockaddrName(address: SockaddrHandle): Promise<string> {
    return this.#call("sockaddrName", address);
  }
  sockaddrPort(address: SockaddrHandle): Promise<number> {
    return this.#call("sockaddrPort", address);
  }
  sockaddrBytes(address: SockaddrHandle): Promise<Uint8Array> {
    return this.#call("sockaddrBytes", address);
  }
  getPeerName(socket: SocketHandle): Promise<SockaddrHandle | null> {
    return this.#call("getPeerName", socket);
  }
  getSocketName(socket: SocketHandle): Promise<SockaddrHandle | null> {
    return this.#call("getSocketName", socket);
  }

  socket(family: number, type: number, protocol?: number): Promise<SocketHandle | false> {
    return this.#call("socket", family, type, protocol);
  }
  bind(socket: SocketHandle, address: SockaddrHandle): Promise<boolean> {
    return this.#call("bind", socket, address);
  }
  listen(socket: SocketHandle, backlog: number): Promise<boolean> {
    return this.#call("listen", socket, backlog);
  }
  accept(socket: SocketHandle, address?: SockaddrHandle): Promise<SocketHandle | false> {
    return this.#call("accept", socket, address);
  }
  connect(socket: SocketHandle, address: SockaddrHandle): Promise<number> {
    return this.#call("connect", socket, address);
  }

  async openNetIo(
    host: string | null,
    service: string | number,
  ): Promise<[SocketHandle, SideInput | null, SideOutput | null] | null> {
    const io = await this.#call<Held | null>("openNetIo", host, String(service));
    if (io === null) return null;
    return [io as unknown as SocketHandle, ...this.#ports(1, io)];
  }

  // a port of an object is named by a 1 and the object, one of withNetIo by a 0
  #ports(...which: readonly [1, Held] | readonly [0]): [SideInput, SideOutput] {
    const done = async (name: string, ...args: unknown[]): Promise<void> => {
      const error = await this.#call<number>(name, ...which, ...args);
      if (error < 0) {
        throw new ComponentFailure(name, await this.errorName(error), await this.errorMessage(error));
      }
    };
    return [
      {
        read: (n) => this.#call("inputRead", ...which, Math.min(n, PIECE)),
        readAll: () => this.#call("inputReadAll", ...which),
      },
      { write: (bytes) => done("outputWrite", bytes), end: () => done("outputClose") },
    ];
  }

  async withNetIo<T>(
    host: string | null,
    service: string | number,
    proc: (input: SideInput, output: SideOutput) => Promise<T>,
  ): Promise<T> {
    await this.#call("withNetIo", host, String(service));
    try {
      return await proc(...this.#ports(0));
    } finally {
      // its procedure returns, and so does withNetIo
      await this.#call("leave");
    }
  }

  makeListenerSocket(ai: AddressInfoHandle, maxConn?: number): Promise<SocketHandle> {
    return this.#call("makeListenerSocket", ai, maxConn);
  }
  async openSocketPair(
    family?: number,
    type?: number,
    protocol?: number,
  ): Promise<[SocketHandle, SocketHandle] | false> {
    const [one, other] = await this.#all("openSocketPair", family, type, protocol);
    if (other === undefined) return false;
    return [one as unknown as SocketHandle, other as unknown as SocketHandle];
  }
  async getSocketOption(socket: SocketHandle, level: number, option: number): Promise<number | null> {
    const value = await this.#call<number>("getSocketOption", socket, level, option);
    return value < 0 ? null : value;
  }
  setSocketOption(socket: SocketHandle, level: number, option: number, value: number): Promise<boolean> {
    return this.#call("setSocketOption", socket, level, option, value);
  }
  shutdown(socket: SocketHandle, how: "read" | "write" | "both"): Promise<boolean> {
    return this.#call("shutdown", socket, HOW[how]);
  }
  async close(socket: SocketHandle): Promise<void> {
    await this.#call("close", socket);
  }

  send(socket: SocketHandle, bytes: Uint8Array, flags?: number, ai?: AddressInfoHandle): Promise<number> {
    return this.#call("send", socket, bytes, flags, ai);
  }
  sendNonBlocking(
    socket: SocketHandle,
    bytes: Uint8Array,
    timeout: Timeout,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number | false> {
    return this.#call("sendNonBlocking", socket, bytes, timeout, flags, ai);
  }
  receive(
    socket: SocketHandle,
    n: number,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<Uint8Array | false> {
    return this.#call("receive", socket, n, flags, ai);
  }
  receiveNonBlocking(
    socket: SocketHandle,
    n: number,
    timeout: Timeout,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<Uint8Array | false> {
    return this.#call("receiveNonBlocking", socket, n, timeout, flags, ai);
  }
  async receiveMany(socket: SocketHandle, n: number): Promise<SideMessage[] | false> {
    const [count, ...words] = await this.#all("receiveMany", socket, n);
    if (typeof count !== "number") return false;
    return Array.from({ length: count }, (_, i) => {
      const [bytes, sender] = words.slice(2 * i) as [Uint8Array, unknown];
      return { bytes, sender: sender as SockaddrHandle | null };
    });
  }
  async receiveInto(
    socket: SocketHandle,
    bytes: Uint8Array,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number> {
    return (await this.#fill(bytes, "receiveInto", socket, bytes.length, flags, ai)) as number;
  }
  receiveIntoNonBlocking(
    socket: SocketHandle,
    bytes: Uint8Array,
    timeout: Timeout,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number | false> {
    return this.#fill(bytes, "receiveIntoNonBlocking", socket, bytes.length, timeout, flags, ai);
  }

  // the number comes with what a buffer of the program's was filled with
  async #fill(bytes: Uint8Array, name: string, ...args: unknown[]): Promise<number | false> {
    const [count, filling] = await this.#all(name, ...args);
    if (filling instanceof Uint8Array) bytes.set(filling);
    return count as number | false;
  }

  errorName(errno: number): Promise<string> {
    return this.#call("errorName", errno);
  }
  errorMessage(errno: number): Promise<string> {
    return this.#call("errorMessage", errno);
  }

  async dispose(): Promise<void> {
    await this.#program.end();
  }
}

// compiled, this file lies in build/test/sides
const program = new URL("../assembly/programs/contract.wasm", import.meta.url);
/** The same for WASI 0.3. */
const program03 = new URL("../assembly/programs/contract.wasi03.wasm", import.meta.url);

function missing(file: URL): string | undefined {
  const path = fileURLToPath(file);
  if (existsSync(file)) return undefined;
  return `${path.slice(path.lastIndexOf("build/"))} is missing: run npm run build`;
}

/** Opens the program in Wasmtime as a side, where Python has Wasmtime's wheel. */
export async function openInWasmtime(): Promise<OpenedSide> {
  const found = findPython();
  const reason = "reason" in found ? found.reason : missing(program);
  if ("reason" in found || reason !== undefined) return { name: IN_WASMTIME, reason: String(reason) };
  const script = new URL("../../../test/sides/command.py", import.meta.url);
  const command = [found.python, fileURLToPath(script), fileURLToPath(program)] as const;
  return new AssemblyScriptSide(IN_WASMTIME, `Wasmtime ${found.version}`, command);
}

/** Opens the program of WASI 0.3 in Wasmtime's command as a side, where Python has its wheel. */
export async function openInWasmtime03(): Promise<OpenedSide> {
  const found = findWasmtimeCommand();
  const reason = "reason" in found ? found.reason : missing(program03);
  if ("reason" in found || reason !== undefined) return { name: IN_WASMTIME_03, reason: String(reason) };
  const command = [
    found.command,
    "run",
    "-S",
    "inherit-network,allow-ip-name-lookup",
    fileURLToPath(program03),
  ] as const;
  return new AssemblyScriptSide(IN_WASMTIME_03, `Wasmtime ${found.version}`, command);
}

function onOurHost(name: string, file: URL): OpenedSide {
  const reason = missing(file);
  if (reason !== undefined) return { name, reason };
  const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
  const allowed = ["--allow-net", "--allow-listen", "--allow-dns"];
  const command = [process.execPath, cli, "run", ...allowed, fileURLToPath(file)] as const;
  return new AssemblyScriptSide(name, `wasock run, Node ${process.versions.node}`, command);
}

/** Opens the program on our host as a side: suspended while it waits where the runtime can, else blocking. */
export async function openOnOurHost(): Promise<OpenedSide> {
  return onOurHost(ON_OUR_HOST, program);
}

/** Opens the program of WASI 0.3 on our host as a side: it needs not be suspended. */
export async function openOnOurHost03(): Promise<OpenedSide> {
  return onOurHost(ON_OUR_HOST_03, program03);
}
