/**
 * Guests of WASI 0.3 that wait on their stack, where that can't be suspended: their core modules are on a thread of
 * their own, which stands still while they wait, and all else is here, where the event loop turns meanwhile. Their memories
 * are shared for that.
 *
 * There is one stack: who waits can go on when all that began behind it has ended.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from "node:worker_threads";
import type { Runnable, Scheduler, Stack } from "../abi/async/scheduler.ts";
import type { Engine } from "../abi/async/trampoline.ts";
import type { AnyFunction, CoreFunction, WasmExports, WasmModule } from "../abi/webassembly.ts";
import { trapError } from "../io/trap.ts";
import { bare, wasm } from "../runtime/webassembly.ts";
import { asValues, CoreChannel, type CoreExport, type CoreImport, Kind, Side } from "../sync/core-channel.ts";
import { threadFor } from "./thread.ts";
import type { CoreData, Thrown, ToInstantiate } from "./threads/core.ts";

/** A call of the guest's code that has not ended. */
interface Frame {
  /** What waits until the calls have ended that were begun behind it. */
  waiting: Runnable | undefined;
}

/** The thread of a guest's core modules. */
export class CoreThread implements Engine, Stack {
  readonly stack: Stack = this;
  readonly #worker: Worker;
  readonly #channel: CoreChannel;
  readonly #port: MessagePort;
  readonly #frames: Frame[] = [];
  /** What is on the thread, by its number there, and the numbers. */
  readonly #things = new Map<number, unknown>();
  readonly #ids = new Map<unknown, number>();
  /** The functions that it calls, and their numbers. */
  readonly #functions: AnyFunction[] = [];
  readonly #numbers = new Map<unknown, number>();
  #scheduler: Scheduler | undefined;

  /** @param maxMemory the bytes that the guest may have */
  constructor(maxMemory: number) {
    const buffer = CoreChannel.buffer();
    const { port1, port2 } = new MessageChannel();
    this.#channel = new CoreChannel(buffer, Side.host);
    this.#port = port1;
    this.#worker = threadFor("core", maxMemory, undefined);
    this.#worker.postMessage({ buffer, port: port2 } satisfies CoreData, [port2]);
  }

  serve(scheduler: Scheduler): void {
    this.#scheduler = scheduler;
  }

  get top(): Frame | undefined {
    return this.#frames.at(-1);
  }

  whenTop(frame: object, one: Runnable): void {
    (frame as Frame).waiting = one;
  }

  instantiate(
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): WasmExports {
    const wanted = Object.entries(imports).flatMap(([from, names]) =>
      Object.entries(names).map(([name, thing]): CoreImport => {
        const id = this.#ids.get(thing);
        return { module: from, name, isHost: id === undefined, id: id ?? this.#numberOf(thing) };
      }),
    );
    this.#port.postMessage({ module, imports: wanted } satisfies ToInstantiate);
    this.#begin(Kind.instantiate, 0, []);
    const exports = bare<unknown>();
    for (const { name, id, isFunction, memory } of this.#message() as readonly CoreExport[]) {
      const thing =
        this.#things.get(id) ??
        memory ??
        (isFunction ? (...flat: unknown[]) => this.#begin(Kind.call, id, flat) : { id });
      this.#things.set(id, thing);
      this.#ids.set(thing, id);
      exports[name] = thing;
    }
    return exports;
  }

  suspending(call: CoreFunction): CoreFunction {
    return call;
  }

  suspendable(call: CoreFunction): (flat: readonly unknown[]) => unknown {
    return (flat) => (call as AnyFunction)(...flat);
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    this.#port.close();
    await this.#worker.terminate();
  }

  #numberOf(call: unknown): number {
    const number = this.#numbers.get(call) ?? this.#functions.push(call as AnyFunction) - 1;
    this.#numbers.set(call, number);
    return number;
  }

  #message(): unknown {
    return (receiveMessageOnPort(this.#port) as { readonly message: unknown }).message;
  }

  #begin(kind: number, id: number, values: readonly unknown[]): unknown {
    const frame: Frame = { waiting: undefined };
    this.#frames.push(frame);
    return this.#goOn(frame, kind, id, values);
  }

  /** Lets the guest go on, until its call ends or it waits: then a promise is given. */
  #goOn(frame: Frame, first: number, id: number, values: readonly unknown[]): unknown {
    const channel = this.#channel;
    channel.exchange(first, id, values);
    while (channel.kind === Kind.call) {
      const answer = this.#whenTop(frame, this.#functions[channel.id]?.(...channel.values));
      if (answer instanceof Promise) {
        if (first === Kind.instantiate) throw trapError("it would have to wait while it is instantiated");
        return answer.then((value: unknown) => this.#goOn(frame, Kind.returned, 0, asValues(value)));
      }
      channel.exchange(Kind.returned, 0, asValues(answer));
    }
    this.#frames.pop();
    const { top } = this;
    if (top?.waiting !== undefined) this.#scheduler?.run(top.waiting);
    if (channel.kind === Kind.threw) throw errorOf(this.#message() as Thrown);
    return channel.values[0];
  }

  /** Where calls go on that were begun in one which has ended, or the event loop should turn, it is waited for that. */
  #whenTop(frame: Frame, answer: unknown): unknown {
    const scheduler = this.#scheduler;
    if (scheduler === undefined || answer instanceof Promise) return answer;
    const isTop = this.top === frame;
    if (isTop && !(scheduler.isDue() && scheduler.maySuspend)) return answer;
    if (!scheduler.maySuspend) {
      throw trapError("it would have to wait for what it has called, and the guest can't be suspended here");
    }
    return scheduler.block(
      (one) => (isTop ? scheduler.runLater(one) : this.whenTop(frame, one)),
      () => answer,
      frame,
    );
  }
}

/** What the guest has thrown. */
function errorOf({ kind, message, stack }: Thrown): Error {
  const error =
    kind === "stack"
      ? new RangeError(message)
      : kind === "trap"
        ? new wasm.RuntimeError(message)
        : trapError(message);
  if (stack !== "") error.stack = stack;
  return error;
}
