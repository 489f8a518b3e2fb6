/** The thread of a guest's core modules; `core-thread.ts` starts it, and has all that they import. */
import { type MessagePort, parentPort, receiveMessageOnPort } from "node:worker_threads";
import { isStackOverflow } from "../../io/trap.ts";
import { type AnyFunction, importObject, type WasmModule, wasm } from "../../runtime/webassembly.ts";
import {
  asValues,
  CoreChannel,
  type CoreExport,
  type CoreImport,
  Kind,
  Side,
} from "../../sync/core-channel.ts";

/** What the thread is told first. */
export interface CoreData {
  readonly buffer: SharedArrayBuffer;
  /** For what is no number. */
  readonly port: MessagePort;
}

/** What is to be instantiated. */
export interface ToInstantiate {
  readonly module: WasmModule;
  readonly imports: readonly CoreImport[];
}

/** What was thrown, as far as it can be told. */
export interface Thrown {
  readonly kind: "trap" | "stack" | "other";
  readonly message: string;
  readonly stack: string;
}

function instantiateAndCall({ buffer, port }: CoreData): void {
  const channel = new CoreChannel(buffer, Side.guest);
  const things: unknown[] = [];
  const ids = new Map<unknown, number>();
  const imported = new Map<number, AnyFunction>();

  const idOf = (thing: unknown): number => {
    const known = ids.get(thing) ?? things.push(thing) - 1;
    ids.set(thing, known);
    return known;
  };
  const hostFunction = (id: number): AnyFunction => {
    const known = imported.get(id) ?? ((...values) => begin(Kind.call, id, values));
    imported.set(id, known);
    return known;
  };
  const instantiate = ({ module, imports }: ToInstantiate): readonly CoreExport[] => {
    const given = importObject(
      imports.map(({ module: from, name, isHost, id }) => [
        from,
        name,
        isHost ? hostFunction(id) : things[id],
      ]),
    );
    return Object.entries(new wasm.Instance(module, given).exports).map(([name, thing]) => ({
      ...{ name, id: idOf(thing), isFunction: typeof thing === "function" },
      memory: thing instanceof wasm.Memory ? thing : undefined,
    }));
  };

  /** Does what the host asks for, until it returns from what it was asked for. */
  const begin = (kind: number, id: number, values: readonly unknown[]): unknown => {
    channel.exchange(kind, id, values);
    return answer();
  };
  const answer = (): unknown => {
    for (;;) {
      const { kind, id, values } = channel;
      if (kind === Kind.returned) return values[0];
      let returned: readonly unknown[] = [];
      let failed: Thrown | undefined;
      try {
        if (kind === Kind.call) returned = asValues((things[id] as AnyFunction)(...values));
        else port.postMessage(instantiate(messageOn(port) as ToInstantiate));
      } catch (error) {
        failed = thrownOf(error);
        port.postMessage(failed);
      }
      channel.exchange(failed === undefined ? Kind.returned : Kind.threw, 0, returned);
    }
  };
  channel.wait();
  answer();
}

function messageOn(port: MessagePort): unknown {
  return (receiveMessageOnPort(port) as { readonly message: unknown }).message;
}

function thrownOf(error: unknown): Thrown {
  if (!(error instanceof Error))
    return { kind: "other", message: "an exception that nobody caught", stack: "" };
  const { message, stack = "" } = error;
  return { kind: isStackOverflow(error) ? "stack" : "trap", message, stack };
}

/** Serves the host that the thread is told of. */
export function serve(): void {
  (parentPort as MessagePort).once("message", instantiateAndCall);
}
