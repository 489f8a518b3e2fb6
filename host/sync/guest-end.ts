/**
 * A host's faces for a guest on another thread: each function blocks until the host has answered. Of the same
 * shape as the faces of `createHost`, without promises.
 */

import { className, list, type Resource, tuple, u32 } from "../abi/types.ts";
import { now, resolution } from "../io/clock.ts";
import { trapError } from "../io/trap.ts";
import { readsAhead } from "../wasi02/attributes.ts";
import { interfaces, pollable as pollableType } from "../wasi02/descriptions.ts";
import { Ahead } from "./ahead.ts";
import { type Call, calls, FINISH, POLL, Reply, UNREAD } from "./calls.ts";
import { type ChannelBuffer, GuestEnd } from "./channel.ts";
import { Message, type Names, type Read } from "./message.ts";
import { Pollables, RemotePollable } from "./pollables.ts";
import { Remote } from "./remote.ts";

type RemoteClass = new (number: number) => Remote;

/** What a function of a face may be called with. */
type Member = (...args: unknown[]) => unknown;

/** Has the host perform a function: its arguments, `self` of a method first. */
type Ask = (args: readonly unknown[]) => unknown;

/** What a guest's thread has of its host. */
export interface GuestChannel {
  /**
   * By interface name without version, those of the network, streams, clocks, files and the standard streams; what
   * needs no host – environment, exit, random – is not among them.
   */
  readonly faces: Readonly<Record<string, object>>;
  /** Drops whatever the guest holds, and blocks until what it has written is delivered. */
  finish(): void;
  /** How many calls the host has been asked to answer. */
  readonly trips: number;
}

/** The most bytes that one splice moves, as the host's own does. */
const SPLICED = 65536n;

/**
 * Makes the faces.
 *
 * @param buffer the channel, which a host serves on another thread
 * @param begin called before the first call, so that the host can be started then
 * @param hasOwnTime whether time and chance are this thread's, which are the same as the host's; else the host is asked
 */
export function channelFaces(
  buffer: ChannelBuffer,
  begin: () => void = () => {},
  hasOwnTime = true,
): GuestChannel {
  const end = new GuestEnd(buffer);
  let begun = false;
  const message = new Message(end);
  const ahead = new Ahead();
  const classes = new Map<Resource, RemoteClass>();
  const Pollable = class extends RemotePollable {};
  for (const { type } of interfaces.flatMap(({ resources }) => resources)) {
    const name = className(type.name);
    const made = type.name === "pollable" ? Pollable : { [name]: class extends Remote {} }[name];
    classes.set(type, made as RemoteClass);
  }
  const names: Names = {
    numberOf(object, resource) {
      const number = object instanceof (classes.get(resource) as RemoteClass) ? object.number : 0;
      if (number === 0) throw trapError(`this is not a resource ${resource.name}, or it was dropped`);
      return number;
    },
    objectOf: (number, resource) => new (classes.get(resource) as RemoteClass)(number),
  };

  /** Makes the call whose arguments were written; what it gives, or throws. */
  function exchange(where: string, ok: Read | undefined, err: Read | undefined): unknown {
    end.call(message.at);
    message.at = end.start;
    const kind = message.bytes[message.skip(1)];
    if (kind === Reply.ok) return ok?.();
    if (kind === Reply.error) throw err?.();
    const text = String(Buffer.from(message.bytes.slice(message.at, end.end)));
    throw trapError(text.includes("wasi:") ? text : `${where}: ${text}`);
  }

  function address(index: number): void {
    if (!begun) {
      begun = true;
      begin();
    }
    message.at = end.begin();
    message.view.setUint16(message.room(2), index, true);
  }

  /** Gives the host the bytes of a stream back that came ahead, before a call that depends on them. */
  function unread(stream: number): void {
    const bytes = ahead.takeRest(stream);
    if (bytes === undefined) return;
    address(UNREAD);
    message.view.setUint32(message.room(4), stream, true);
    message.view.setUint32(message.room(4), bytes.length, true);
    const at = message.room(bytes.length);
    message.bytes.set(bytes, at);
    exchange("unread", undefined, undefined);
  }

  /** Reads which bytes came with a result, and the result. */
  function withBytes(read: Read | undefined): Read {
    return () => {
      const stream = message.view.getUint32(message.skip(4), true);
      const length = message.view.getUint32(message.skip(4), true);
      const result = read?.();
      if (stream !== 0) ahead.keep(stream, end.ahead.subarray(0, length));
      return result;
    };
  }

  const asks = new Map<string, Ask>();
  const askFor =
    (where: string): Ask =>
    (args) =>
      (asks.get(where) as Ask)(args);

  const readIndexes = withBytes(message.readerOf(list(u32), names, "wasi:io/poll#poll"));
  const subscribe = askFor("wasi:io/streams#[method]input-stream.subscribe");
  const subscribeInstant = askFor("wasi:clocks/monotonic-clock#subscribe-instant");
  const polled = (list: readonly RemotePollable[]): void => {
    // that an output is ready may say that it has failed, which its permit is to tell
    if (list.every(({ stream, instant }) => stream !== undefined || instant !== undefined))
      ahead.hostIsPolled();
    else ahead.hostIsAsked();
  };
  const pollables = new Pollables(Pollable, {
    isAhead: (stream) => ahead.has(stream),
    subscribe: (stream) => (subscribe([stream]) as Remote).number,
    subscribeInstant: (instant) => (subscribeInstant([instant]) as Remote).number,
    ready(pollable) {
      polled([pollable]);
      return askFor("wasi:io/poll#[method]pollable.ready")([pollable]) as boolean;
    },
    poll(list, waits, until) {
      polled(list);
      address(POLL);
      end.mayBring = waits && ahead.makeRoom();
      message.view.setUint8(message.room(1), waits ? 1 : 0);
      message.view.setBigUint64(message.room(8), until, true);
      message.view.setUint32(message.room(4), list.length, true);
      for (const { number } of list) message.view.setUint32(message.room(4), number, true);
      return exchange("wasi:io/poll#poll", readIndexes, undefined) as Uint32Array;
    },
    sleep: (until) => end.sleep(Number(until - now()) / 1e6),
  });

  function asker({ type, where }: Call, index: number): Ask {
    const params = tuple(...(type?.params.map(([, param]) => param) ?? []));
    const writeParams = message.writerOf(params, names, where);
    const result = type?.result;
    const [ok, err] = result?.kind === "result" ? [result.ok, result.err] : [result, undefined];
    const plain = ok && message.readerOf(ok, names, where);
    const brings = readsAhead.has(where);
    const readOk = brings ? withBytes(plain) : plain;
    const readErr = err && message.readerOf(err, names, where);
    return (args) => {
      address(index);
      if (brings) end.mayBring = ahead.makeRoom();
      writeParams(args);
      return exchange(where, readOk, readErr);
    };
  }

  /** Reads what is here, or has the host read. */
  function reading(ask: Ask, waits: boolean): (self: Remote, length: bigint) => Uint8Array {
    return (self, length) => ahead.read(self.number, length, waits) ?? (ask([self, length]) as Uint8Array);
  }

  function checkWrite(ask: Ask, self: Remote): bigint {
    const known = ahead.permit(self.number);
    if (known !== undefined) return known;
    const permit = ask([self]) as bigint;
    ahead.setPermit(self.number, permit);
    return permit;
  }

  function write(ask: Ask, self: Remote, contents: Uint8Array): void {
    const permit = ahead.takePermit(self.number);
    ask([self, contents]);
    if (permit !== undefined) ahead.setPermit(self.number, permit - BigInt(contents.length));
  }

  /** Moves what is here of a stream; `undefined` where the host has to do it. */
  function spliced(self: Remote, source: Remote, length: bigint): bigint | undefined {
    if (!ahead.has(source.number)) return undefined;
    const most = length < SPLICED ? length : SPLICED;
    const permit = checkWrite(askFor("wasi:io/streams#[method]output-stream.check-write"), self);
    const bytes = ahead.read(source.number, most < permit ? most : permit, true) as Uint8Array;
    if (bytes.length > 0) write(askFor("wasi:io/streams#[method]output-stream.write"), self, bytes);
    return BigInt(bytes.length);
  }

  /** What is done of a function here, by what only the host can do. */
  function memberOf({ where }: Call, ask: Ask): (self: never, ...args: never[]) => unknown {
    switch (where) {
      case "wasi:io/streams#[method]input-stream.read":
        return reading(ask, false);
      case "wasi:io/streams#[method]input-stream.blocking-read":
        return reading(ask, true);
      case "wasi:io/streams#[method]input-stream.skip":
      case "wasi:io/streams#[method]input-stream.blocking-skip": {
        const waits = where.endsWith("blocking-skip");
        return (self: Remote, length: bigint) => {
          const bytes = ahead.read(self.number, length, waits);
          return bytes === undefined ? ask([self, length]) : BigInt(bytes.length);
        };
      }
      case "wasi:io/streams#[method]input-stream.subscribe":
        return (self: Remote) => pollables.subscribe(self);
      case "wasi:io/streams#[method]output-stream.check-write":
        return (self: Remote) => checkWrite(ask, self);
      case "wasi:io/streams#[method]output-stream.write":
        return (self: Remote, contents: Uint8Array) => write(ask, self, contents);
      case "wasi:io/streams#[method]output-stream.splice":
        return (self: Remote, source: Remote, length: bigint) =>
          spliced(self, source, length) ?? ask([self, source, length]);
      case "wasi:io/streams#[method]output-stream.blocking-splice":
        return (self: Remote, source: Remote, length: bigint) => {
          const moved = spliced(self, source, length);
          if (moved !== undefined && (moved > 0n || length === 0n)) return moved;
          unread(source.number);
          ahead.hostIsAsked();
          return ask([self, source, length]);
        };
      case "wasi:io/poll#[method]pollable.ready":
        return (self: RemotePollable) => pollables.ready(self);
      case "wasi:io/poll#[method]pollable.block":
        return (self: RemotePollable) => {
          pollables.poll([self]);
        };
      case "wasi:sockets/tcp#[method]tcp-socket.shutdown":
        // a stream whose direction is shut has no bytes left
        return (...args) => {
          ahead.hostIsAsked();
          for (const stream of ahead.streams) unread(stream);
          return ask(args);
        };
    }
    return (...args) => {
      ahead.hostIsAsked();
      return ask(args);
    };
  }

  function dropOf({ where, of }: Call, index: number): Member {
    const drop = (object: Remote): void => {
      pollables.tellOf(object);
      address(index);
      message.view.setUint32(message.room(4), names.numberOf(object, of as Resource), true);
      exchange(where, undefined, undefined);
      ahead.forget(object.number);
      object.number = 0;
    };
    return function (this: unknown) {
      const object = this as Remote;
      if (object.number === 0) return;
      if (object instanceof RemotePollable) pollables.drop(object, drop);
      else drop(object);
    };
  }

  const faces: Record<string, Record<string, unknown>> = {};
  calls.forEach((call, index) => {
    faces[call.interfaceName] ??= {};
    const face = faces[call.interfaceName] as Record<string, unknown>;
    const ask = asker(call, index);
    asks.set(call.where, ask);
    const member = memberOf(call, ask) as Member;
    if (call.of === undefined) {
      face[call.key] = member;
      return;
    }
    const made = classes.get(call.of) as RemoteClass;
    face[className(call.of.name)] = made;
    const prototype = made.prototype as unknown as Record<PropertyKey, unknown>;
    if (call.type === undefined) {
      prototype[Symbol.dispose] = dropOf(call, index);
      return;
    }
    const { of } = call;
    prototype[call.key] = function (this: unknown, ...args: unknown[]) {
      names.numberOf(this, of); // it was not dropped
      return member(this, ...args);
    };
  });
  if (hasOwnTime) {
    // the same on every thread, so that nobody has to be asked
    Object.assign(faces["wasi:clocks/monotonic-clock"] as object, {
      now,
      resolution,
      subscribeInstant: (instant: bigint) => pollables.subscribeInstant(instant),
      subscribeDuration: (duration: bigint) => pollables.subscribeDuration(duration),
    });
  }
  Object.assign(faces["wasi:io/poll"] as object, {
    poll(list: readonly RemotePollable[]) {
      for (const pollable of list) names.numberOf(pollable, pollableType);
      return pollables.poll(list);
    },
  });
  for (const name of hasOwnTime ? [...TIME_AND_CHANCE, ...LOCAL] : LOCAL) delete faces[name];
  return {
    faces,
    get trips() {
      return end.trips;
    },
    finish() {
      address(FINISH);
      exchange("finish", undefined, undefined);
    },
  };
}

/** What the guest's thread serves itself. */
const LOCAL: readonly string[] = ["wasi:cli/environment", "wasi:cli/exit"];
/** The same, unless the host's time is another. */
const TIME_AND_CHANCE: readonly string[] = [
  "wasi:clocks/wall-clock",
  "wasi:random/random",
  "wasi:random/insecure",
  "wasi:random/insecure-seed",
];
