/** The component of WASI 0.3 on our host, by `instantiate`: `wasock:net/net@0.3.0`, many calls at a time. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { allowAll, type Instance, instantiate } from "../../host/index.ts";
import { BlockingSide, PIECE, type Ports, readAll } from "./blocking.ts";
import { option } from "./calls.ts";
import { callFace, dispose } from "./jco.ts";
import type { OpenedSide, Side, SideInput, SideOutput, SocketHandle } from "./side.ts";

const name = "component 0.3 (wasock/host)";

// compiled, this file lies in build/test/sides
const component = new URL("../../wasock.wasi03.component.wasm", import.meta.url);

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

class AsyncSide extends BlockingSide implements Side {
  readonly name: string = name;
  readonly runtime: string = `wasock/host, Node ${process.versions.node}`;
  readonly pid: number = process.pid;
  readonly can = {
    concurrent: true,
    bulk: true,
    ports: true,
    lookup: true,
    throwing: false,
    catching: true,
    trunc: false,
    system: true,
  };
  readonly #instance: Instance;
  readonly #net: Net;

  constructor(instance: Instance) {
    super();
    this.#instance = instance;
    this.#net = instance.exports["net"] as Net;
  }

  protected async call(name: string, ...args: unknown[]): Promise<unknown> {
    try {
      const result = await callFace(this.#net, name, args);
      if (name !== "open-net-io") return result;
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const [input] = callFace(this.#net, "input", [result]) as [AsyncIterable<Uint8Array>];
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

  async dispose(): Promise<void> {
    await this.#instance.close();
  }
}

/** Opens the component as a side. */
export async function openComponent03(): Promise<OpenedSide> {
  if (!existsSync(component)) {
    return { name, reason: "build/wasock.wasi03.component.wasm is missing: run npm run build" };
  }
  return new AsyncSide(await instantiate(fileURLToPath(component), { policy: allowAll }));
}
