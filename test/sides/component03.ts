/** The component of WASI 0.3, `wasock:net/net@0.3.0`, many calls at a time: on our host by `instantiate`, and in Wasmtime. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { allowAll, instantiate } from "../../host/index.ts";
import { BlockingSide, PIECE, type Ports, readAll } from "./blocking.ts";
import { option } from "./calls.ts";
import { callables } from "./driver.ts";
import { callFace, dispose } from "./jco.ts";
import { faceOf, Remote } from "./remote.ts";
import type { Abilities, OpenedSide, Side, SideInput, SideOutput, SocketHandle } from "./side.ts";
import { findWasmtimeCommand } from "./wasmtime.ts";

const ON_OUR_HOST = "component 0.3 (wasock/host)";
const IN_WASMTIME = "component 0.3 (Wasmtime)";

// compiled, this file lies in build/test/sides
const component = new URL("../../wasock.wasi03.component.wasm", import.meta.url);
/** The command that calls it for us. */
const driver = new URL("driver.wasm", import.meta.url);

type Net = Parameters<typeof callFace>[0];
type Outcome = Promise<{ readonly tag: "ok" | "err" }>;

class Input implements SideInput {
  readonly #stream: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#stream = stream[Symbol.asyncIterator]();
  }

  async read(n: number): Promise<Uint8Array> {
    if (this.#rest.length === 0) {
      const { done, value } = await this.#stream.next();
      if (done) return new Uint8Array(0);
      this.#rest = value;
    }
    const bytes = this.#rest.subarray(0, n);
    this.#rest = this.#rest.subarray(n);
    return bytes;
  }

  readAll(): Promise<Uint8Array> {
    return readAll(() => this.read(PIECE));
  }

  /** Reads no more. */
  async stop(): Promise<void> {
    await this.#stream.return?.();
  }
}

class Output implements SideOutput {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #outcome: Outcome;

  constructor(writable: WritableStream<Uint8Array>, outcome: Outcome) {
    this.#writer = writable.getWriter();
    this.#outcome = outcome;
    // a write that fails tells it
    this.#writer.closed.catch(() => {});
    outcome.catch(() => {});
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#writer.write(bytes);
  }

  /** Writes no more. */
  async stop(): Promise<void> {
    await this.#writer.abort().catch(() => {}); // it may have failed before
  }

  async end(): Promise<void> {
    await this.#writer.close();
    await this.#outcome;
  }
}

/** Where the component runs. */
interface Place {
  readonly name: string;
  readonly runtime: string;
  readonly pid: number;
  readonly bulk: boolean;
}

class AsyncSide extends BlockingSide implements Side {
  readonly name: string;
  readonly runtime: string;
  readonly pid: number;
  readonly can: Abilities;
  readonly #net: Net;
  readonly #end: () => Promise<void>;

  constructor({ name, runtime, pid, bulk }: Place, net: Net, end: () => Promise<void>) {
    super();
    this.name = name;
    this.runtime = runtime;
    this.pid = pid;
    const all = { concurrent: true, bulk, ports: true, lookup: true, system: true };
    this.can = { ...all, throwing: false, catching: true, trunc: false };
    this.#net = net;
    this.#end = end;
  }

  protected async call(name: string, ...args: unknown[]): Promise<unknown> {
    try {
      const result = await callFace(this.#net, name, args);
      if (name !== "open-net-io") return result;
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const [input] = (await callFace(this.#net, "input", [result])) as [AsyncIterable<Uint8Array>];
      const outcome = callFace(this.#net, "output", [result, readable]) as Outcome;
      return [result, new Input(input), new Output(writable, outcome)];
    } catch (error) {
      const { payload } = error as { readonly payload?: unknown };
      throw typeof payload === "number" ? payload : error;
    }
  }

  protected async drop(resource: unknown): Promise<void> {
    if (resource instanceof Input || resource instanceof Output) await resource.stop();
    else dispose(resource);
  }

  protected ports(_socket: SocketHandle, input: unknown, output: unknown): Ports {
    return [input as Input, output as Output];
  }

  /** The world of 0.3 has no `net-io`: it is a socket that is closed behind its procedure. */
  override async withNetIo<T>(
    host: string | null,
    service: string | number,
    proc: (input: SideInput, output: SideOutput) => Promise<T>,
  ): Promise<T> {
    const what = `open-net-io ${host ?? "localhost"}:${service}`;
    const opened = await this.attempt<[SocketHandle, Input, Output], number>(
      (errno) => errno,
      "open-net-io",
      option(host),
      String(service),
    );
    if (typeof opened === "number") throw await this.failure(what, opened);
    const [socket, input, output] = opened;
    try {
      return await proc(input, output);
    } finally {
      await Promise.all([input.stop(), output.stop()]);
      await this.close(socket);
    }
  }

  dispose(): Promise<void> {
    return this.#end();
  }
}

const MISSING = "build/wasock.wasi03.component.wasm is missing: run npm run build";

/** Opens the component on our host as a side. */
export async function openComponent03(): Promise<OpenedSide> {
  if (!existsSync(component)) return { name: ON_OUR_HOST, reason: MISSING };
  const instance = await instantiate(fileURLToPath(component), { policy: allowAll });
  const runtime = `wasock/host, Node ${process.versions.node}`;
  const place = { name: ON_OUR_HOST, runtime, pid: process.pid, bulk: true };
  return new AsyncSide(place, instance.exports["net"] as Net, () => instance.close());
}

/** Opens it in Wasmtime's command as a side, where Python has its wheel. */
export async function openComponent03InWasmtime(): Promise<OpenedSide> {
  const name = IN_WASMTIME;
  const found = findWasmtimeCommand();
  if ("reason" in found) return { name, reason: found.reason };
  if (!existsSync(driver))
    return { name, reason: "build/test/sides/driver.wasm is missing: run npm run build" };
  const functions = callables(new Uint8Array(await readFile(component)));
  const allowed = ["-S", "inherit-network,allow-ip-name-lookup"];
  const child = spawn(found.command, ["run", ...allowed, fileURLToPath(driver)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const remote = new Remote(child, functions);
  const place = { name, runtime: `Wasmtime ${found.version}`, pid: child.pid as number, bulk: false };
  return new AsyncSide(place, faceOf(remote, functions), () => remote.end());
}
