/** The component through jco on our host, its blocking interface, which suspends (JSPI). */
import type { InputStream, OutputStream } from "../../host/io/streams.ts";
import { BlockingSide, PIECE, type Ports, readAll } from "./blocking.ts";
import { callFace, dispose, hasSuspending, type Instance, instantiate } from "./jco.ts";
import type { OpenedSide, Side, SideInput, SideOutput, SocketHandle } from "./side.ts";

const name = "component (JSPI)";

class Input implements SideInput {
  readonly #stream: InputStream;

  constructor(stream: InputStream) {
    this.#stream = stream;
  }

  async read(n: number): Promise<Uint8Array> {
    try {
      return await this.#stream.blockingRead(BigInt(n));
    } catch (error) {
      if ((error as { tag?: string }).tag === "closed") return new Uint8Array(0);
      throw error;
    }
  }

  readAll(): Promise<Uint8Array> {
    return readAll(() => this.read(PIECE));
  }
}

/** The most that `blocking-write-and-flush` takes, by wasi:io/streams. */
const WRITE_LIMIT = 4096;

class Output implements SideOutput {
  readonly #stream: OutputStream;
  readonly #end: () => Promise<void>;

  constructor(stream: OutputStream, end: () => Promise<void>) {
    this.#stream = stream;
    this.#end = end;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += WRITE_LIMIT) {
      await this.#stream.blockingWriteAndFlush(bytes.subarray(at, at + WRITE_LIMIT));
    }
  }

  end(): Promise<void> {
    return this.#end();
  }
}

class SuspendingSide extends BlockingSide implements Side {
  readonly name: string = name;
  readonly runtime: string = `jco, Node ${process.versions.node}`;
  readonly pid: number = process.pid;
  readonly can = {
    concurrent: false,
    bulk: true,
    ports: true,
    lookup: true,
    throwing: false,
    catching: true,
    trunc: false,
    system: true,
  };
  readonly #instance: Instance;
  readonly #resources = new Set<unknown>();
  #pending = 0;
  #disposed = false;

  constructor(instance: Instance) {
    super();
    this.#instance = instance;
  }

  protected async call(name: string, ...args: unknown[]): Promise<unknown> {
    this.#pending++;
    try {
      const result = await callFace(this.#instance.net, this.#suspending(name), args);
      for (const value of Array.isArray(result) ? result : [result]) this.#hold(value);
      return result;
    } finally {
      this.#pending--;
    }
  }

  // The build tells jco which functions suspend. By the WIT receive-into is receive, so that one stands in
  // for the other where it is not among them.
  #suspending(name: string): string {
    const suspends = this.#instance.net["receiveInto"]?.constructor.name === "AsyncFunction";
    return suspends ? name : name.replace("receive-into", "receive");
  }

  // Kept until the side ends, so that no finalizer drops one at a time of its own.
  #hold(value: unknown): void {
    if (typeof value === "object" && value !== null && Symbol.dispose in value) this.#resources.add(value);
  }

  protected async drop(resource: unknown): Promise<void> {
    this.#resources.delete(resource);
    dispose(resource);
  }

  protected ports(socket: SocketHandle, input: unknown, output: unknown): Ports {
    const end = async (): Promise<void> => void (await this.shutdown(socket, "write"));
    return [new Input(input as InputStream), new Output(output as OutputStream, end)];
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    // A call that is still pending would keep every other one waiting; the host ends it.
    if (this.#pending === 0) {
      // the last first: streams came with or after their socket
      for (const resource of [...this.#resources].reverse()) dispose(resource);
    }
    this.#resources.clear();
    this.#instance.host.close();
  }
}

/** Opens the component's blocking interface as a side, where functions can be suspended. */
export async function openSuspending(): Promise<OpenedSide> {
  if (!hasSuspending()) {
    const reason = `Node ${process.versions.node} can't suspend WebAssembly functions (JSPI): that takes Node 26`;
    return { name, reason };
  }
  const instance = await instantiate("jspi");
  return typeof instance === "string" ? { name, reason: instance } : new SuspendingSide(instance);
}
