/** A host that answers the calls of a guest on another thread. */

import { list, tuple, u32 } from "../abi/types.ts";
import type { Pollable } from "../io/poll.ts";
import { ByteSource, InputStream } from "../io/streams.ts";
import { readsAhead } from "../wasi02/attributes.ts";
import { pollable as pollableType } from "../wasi02/descriptions.ts";
import { type Call, calls, FINISH, POLL, Reply, UNREAD } from "./calls.ts";
import { AHEAD, type ChannelBuffer, HostEnd } from "./channel.ts";
import { Message, type Names, type Read, type Write } from "./message.ts";
import { NEVER } from "./pollables.ts";

type Members = Readonly<Record<string, ((...args: unknown[]) => unknown) | undefined>>;

/** A call, made ready. */
interface Served {
  readonly call: Call;
  readonly face: Members;
  readonly params: Read;
  readonly ok: Write | undefined;
  readonly err: Write | undefined;
  /** Whether bytes come with the answer. */
  readonly brings: boolean;
}

const nothing: Write = () => {};

/** What polling takes of the faces. */
interface PollFaces {
  readonly "wasi:io/poll": { poll(list: Pollable[]): Uint32Array | Promise<Uint32Array> };
  readonly "wasi:clocks/monotonic-clock": { subscribeInstant(when: bigint): Pollable };
}

/** A read of at least so much has its own bytes to carry: no more are brought with them. */
const LARGE_READ = 64 * 1024;

/** How long to wait before looking again whether all is delivered, in milliseconds. */
const LOOK_AGAIN = 5;

/**
 * Answers every call that comes through a channel with an error: there is no host.
 *
 * @param buffer the channel
 * @param reason why there is none
 */
export function refuseChannel(buffer: ChannelBuffer, reason: unknown): void {
  const end: HostEnd = new HostEnd(buffer, () => {
    const message = new Message(end);
    message.at = end.start;
    writeTrap(message, reason);
    end.reply(message.at);
    return undefined;
  });
}

function writeTrap(message: Message, error: unknown): void {
  const text = Buffer.from(error instanceof Error ? error.message : String(error));
  message.bytes[message.room(1)] = Reply.trap;
  message.bytes.set(text, message.room(text.length));
}

/**
 * Answers the calls that come through a channel, until it is closed.
 *
 * @param buffer the channel
 * @param faces what is served, by interface name
 * @param delivered whether nothing is under way that outlives the guest; default that there is never such
 * @param hold lets the host's time stand while the guest doesn't wait, where that is made up
 * @returns ends it
 */
export function serveChannel(
  buffer: ChannelBuffer,
  faces: object,
  delivered: () => boolean = () => true,
  hold?: () => () => void,
): { close(): void } {
  const objects = new Map<number, object>();
  /** The stream's number of each source that the guest has a stream of. */
  const streams = new WeakMap<ByteSource, number>();
  let last = 0;
  const names: Names = {
    numberOf(object) {
      last += 1;
      objects.set(last, object as object);
      if (object instanceof InputStream) streams.set(object.source, last);
      return last;
    },
    objectOf(number) {
      const object = objects.get(number);
      if (object === undefined) throw new Error(`the resource ${number} was dropped`);
      return object;
    },
  };
  // an arrow that the class calls back: `end` is there by then
  const end: HostEnd = new HostEnd(buffer, hold === undefined ? () => answer() : () => held(hold));
  const message = new Message(end);
  const writeIndexes = message.writerOf(list(u32), names, "wasi:io/poll#poll");
  const served = calls.map((call): Served => {
    const face = ((faces as Readonly<Record<string, Members>>)[call.interfaceName] ?? {}) as Members;
    const { where } = call;
    const result = call.type?.result;
    const ok = result?.kind === "result" ? result.ok : result;
    return {
      call,
      face,
      params: message.readerOf(tuple(...(call.type?.params.map(([, type]) => type) ?? [])), names, where),
      ok: ok && message.writerOf(ok, names, where),
      err:
        result?.kind !== "result"
          ? undefined
          : result.err
            ? message.writerOf(result.err, names, where)
            : nothing,
      brings: readsAhead.has(call.where),
    };
  });

  let release = hold?.();
  /** Answers, and lets time pass while that takes some. */
  function held(hold: () => () => void): undefined | Promise<undefined> {
    const later = answer();
    if (later === undefined) return undefined;
    release?.();
    const go = (): undefined => {
      release = hold();
    };
    return later.then(go, (error: unknown) => {
      go();
      throw error;
    });
  }

  function finish(write: () => void): void {
    message.at = end.start;
    try {
      write();
    } catch (error) {
      message.at = end.start;
      writeTrap(message, error);
    }
    end.reply(message.at);
  }

  function succeed({ ok, brings }: Served, value: unknown): void {
    finish(() => {
      message.bytes[message.room(1)] = Reply.ok;
      if (!brings) return ok?.(value);
      bringing(
        () => ok?.(value),
        () => ((value as Uint8Array).length < LARGE_READ ? read?.source : undefined),
      );
    });
  }

  /** The stream that is being read. */
  let read: InputStream | undefined;

  // Answers with bytes of a stream that the guest is likely to read next: the number of the stream, 0 for none, and how
  // many, before the value. The guest has none of it left.
  function bringing(write: () => void, from: () => unknown): void {
    const at = message.room(8);
    write();
    const source = from();
    const isBrought = end.mayBring && source instanceof ByteSource && source.available() > 0;
    const stream = isBrought ? (streams.get(source) ?? 0) : 0;
    message.view.setUint32(at, stream, true);
    if (stream === 0) return;
    const bytes = (source as ByteSource).read(AHEAD);
    message.view.setUint32(at + 4, bytes.length, true);
    end.ahead.set(bytes);
  }

  function fail({ err }: Served, error: unknown): void {
    finish(() => {
      if (err === undefined || error instanceof Error) return writeTrap(message, error);
      message.bytes[message.room(1)] = Reply.error;
      err(error);
    });
  }

  function answer(): undefined | Promise<undefined> {
    message.at = end.start;
    const index = message.view.getUint16(message.skip(2), true);
    if (index === FINISH) return finishGuest();
    if (index === UNREAD) return unread();
    if (index === POLL) return poll();
    const one = served[index] as Served;
    let value: unknown;
    try {
      value = perform(one);
    } catch (error) {
      fail(one, error);
      return undefined;
    }
    if (!(value instanceof Promise)) {
      succeed(one, value);
      return undefined;
    }
    return value.then(
      (later) => succeed(one, later) as undefined,
      (error: unknown) => fail(one, error) as undefined,
    );
  }

  async function finishGuest(): Promise<undefined> {
    // children were made after their parents
    for (const [number, object] of [...objects].reverse()) {
      objects.delete(number);
      try {
        (object as Partial<Disposable>)[Symbol.dispose]?.();
      } catch {
        // what still has a child goes with the host
      }
    }
    while (!delivered()) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
    finish(() => {
      message.bytes[message.room(1)] = Reply.ok;
    });
  }

  function unread(): undefined {
    const stream = objects.get(message.view.getUint32(message.skip(4), true));
    const length = message.view.getUint32(message.skip(4), true);
    const at = message.skip(length);
    if (stream instanceof InputStream) stream.source.unread(message.bytes.subarray(at, at + length));
    finish(() => {
      message.bytes[message.room(1)] = Reply.ok;
    });
    return undefined;
  }

  function poll(): undefined | Promise<undefined> {
    const { poll: pollAll } = (faces as PollFaces)["wasi:io/poll"];
    let timer: Pollable | undefined;
    let asked: Pollable[] = [];
    const answered = (ready: ArrayLike<number>): undefined => {
      timer?.[Symbol.dispose]();
      const found = Array.from(ready).filter((i) => i < asked.length);
      finish(() => {
        message.bytes[message.room(1)] = Reply.ok;
        bringing(
          () => writeIndexes(found),
          () => found.map((i) => asked[i]?.source).find((source) => source instanceof ByteSource),
        );
      });
    };
    const refused = (error: unknown): undefined => finish(() => writeTrap(message, error)) as undefined;
    try {
      const waits = message.view.getUint8(message.skip(1)) === 1;
      const until = message.view.getBigUint64(message.skip(8), true);
      const numbers = Array.from({ length: message.view.getUint32(message.skip(4), true) }, () =>
        message.view.getUint32(message.skip(4), true),
      );
      asked = numbers.map((number) => names.objectOf(number, pollableType) as Pollable);
      if (!waits) return answered([...asked.keys()].filter((i) => asked[i]?.ready()));
      if (until !== NEVER)
        timer = (faces as PollFaces)["wasi:clocks/monotonic-clock"].subscribeInstant(until);
      const ready = pollAll(timer === undefined ? asked : [...asked, timer]);
      return ready instanceof Promise ? ready.then(answered, refused) : answered(ready);
    } catch (error) {
      return refused(error);
    }
  }

  function perform({ call, face, params, brings }: Served): unknown {
    if (call.type === undefined) {
      const number = message.view.getUint32(message.skip(4), true);
      const object = names.objectOf(number, call.of as never);
      (object as Partial<Disposable>)[Symbol.dispose]?.();
      objects.delete(number);
      return undefined;
    }
    const args = params() as unknown[];
    if (brings) read = args[0] as InputStream;
    const self = (call.of === undefined ? face : args.shift()) as Members;
    const member = self[call.key];
    if (member === undefined) throw new Error(`${call.where} is not served`);
    return member.apply(self, args);
  }

  return {
    close() {
      release?.();
      end.close();
    },
  };
}
