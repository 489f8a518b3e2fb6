/**
 * A host's faces for a guest on another thread: each function blocks until the host has answered. Of the same
 * shape as the faces of `createHost`, without promises.
 */
import { now, resolution } from "../io/clock.ts";
import { trapError } from "../io/trap.ts";
import { interfaces } from "../lowered/interfaces.ts";
import { className, type Resource } from "../lowered/types.ts";
import { Ahead } from "./ahead.ts";
import { BRINGING, type Call, calls, FINISH, Reply, UNREAD } from "./calls.ts";
import { type ChannelBuffer, GuestEnd } from "./channel.ts";
import { Cursor, type Names, type Read, readerOf, type Write, writerOf } from "./codec.ts";

/** An object of the host, as the guest's thread has it. */
class Remote {
  /** Its number on the channel; 0 when it was dropped. */
  number: number;

  constructor(number: number) {
    this.number = number;
  }
}

type RemoteClass = new (number: number) => Remote;

/** What a function of a face may be called with. */
type Member = (...args: unknown[]) => unknown;

/** What a guest's thread has of its host. */
export interface GuestChannel {
  /**
   * By interface name without version, those of the network, streams, clocks, files and the standard streams; what
   * needs no host – environment, exit, random – is not among them.
   */
  readonly faces: Readonly<Record<string, object>>;
  /** Drops whatever the guest holds, and blocks until what it has written is delivered. */
  finish(): void;
}

/**
 * Makes the faces.
 *
 * @param buffer the channel, which a host serves on another thread
 * @param begin called before the first call, so that the host can be started then
 */
export function channelFaces(buffer: ChannelBuffer, begin: () => void = () => {}): GuestChannel {
  const end = new GuestEnd(buffer);
  let begun = false;
  const cursor = new Cursor(end);
  const ahead = new Ahead();
  const classes = new Map<Resource, RemoteClass>();
  for (const { type } of interfaces.flatMap(({ resources }) => resources)) {
    const name = className(type.name);
    classes.set(type, { [name]: class extends Remote {} }[name] as RemoteClass);
  }
  const names: Names = {
    numberOf(object, resource) {
      const number = object instanceof (classes.get(resource) as RemoteClass) ? object.number : 0;
      if (number === 0) throw trapError(`this is no ${resource.name}, or it was dropped`);
      return number;
    },
    objectOf: (number, resource) => new (classes.get(resource) as RemoteClass)(number),
  };

  /** Makes the call whose arguments were written; what it gives, or throws. */
  function exchange(where: string, ok: Read | undefined, err: Read | undefined): unknown {
    end.call(cursor.at);
    cursor.at = end.start;
    const kind = cursor.bytes[cursor.skip(1)];
    if (kind === Reply.ok) return ok?.(cursor);
    if (kind === Reply.error) throw err?.(cursor);
    const text = String(Buffer.from(cursor.bytes.slice(cursor.at, end.end)));
    throw trapError(text.includes("wasi:") ? text : `${where}: ${text}`);
  }

  function address(index: number): void {
    if (!begun) {
      begun = true;
      begin();
    }
    cursor.at = end.start;
    cursor.view.setUint16(cursor.room(2), index, true);
  }

  /** Makes the host know all that the guest does, before a call that may depend on it. */
  function settle(): void {
    ahead.forgetPermits();
    const rest = ahead.takeRest();
    if (rest === undefined) return;
    address(UNREAD);
    cursor.view.setUint32(cursor.room(4), rest.stream, true);
    cursor.view.setUint32(cursor.room(4), rest.bytes.length, true);
    const at = cursor.room(rest.bytes.length);
    cursor.bytes.set(rest.bytes, at);
    exchange("unread", undefined, undefined);
  }

  /** Reads a result, and which bytes came with it. */
  function withBytes(read: Read | undefined): Read {
    return () => {
      const result = read?.(cursor);
      const stream = cursor.view.getUint32(cursor.skip(4), true);
      if (stream === 0) return result;
      const length = cursor.view.getUint32(cursor.skip(4), true);
      ahead.keep(stream, end.ahead.subarray(0, length));
      return result;
    };
  }

  function memberOf({ type, where, of }: Call, index: number): Member {
    const params: Write[] = type?.params.map(([, param]) => writerOf(param, names)) ?? [];
    const result = type?.result;
    const [ok, err] = result?.kind === "result" ? [result.ok, result.err] : [result, undefined];
    const plain = ok && readerOf(ok, names);
    const readOk = BRINGING.has(where) ? withBytes(plain) : plain;
    const readErr = err && readerOf(err, names);
    if (of === undefined) {
      return (...args) => {
        settle();
        address(index);
        for (let i = 0; i < params.length; i++) params[i]?.(cursor, args[i]);
        return exchange(where, readOk, readErr);
      };
    }
    const ask = (self: unknown, args: readonly unknown[]): unknown => {
      address(index);
      params[0]?.(cursor, self);
      for (let i = 1; i < params.length; i++) params[i]?.(cursor, args[i - 1]);
      return exchange(where, readOk, readErr);
    };
    const numberOf = (self: unknown): number => names.numberOf(self, of);
    switch (where) {
      case "wasi:io/streams#[method]input-stream.read":
        return function (this: unknown, length) {
          return ahead.read(numberOf(this), length as bigint, false) ?? ask(this, [length]);
        };
      case "wasi:io/streams#[method]input-stream.blocking-read":
        return function (this: unknown, length) {
          return ahead.read(numberOf(this), length as bigint, true) ?? ask(this, [length]);
        };
      case "wasi:io/streams#[method]output-stream.check-write":
        return function (this: unknown) {
          const number = numberOf(this);
          const known = ahead.permit(number);
          if (known !== undefined) return known;
          const permit = ask(this, []) as bigint;
          ahead.setPermit(number, permit);
          return permit;
        };
      case "wasi:io/streams#[method]output-stream.write":
        return function (this: unknown, contents) {
          const number = numberOf(this);
          const permit = ahead.takePermit(number);
          ask(this, [contents]);
          if (permit !== undefined) ahead.setPermit(number, permit - BigInt((contents as Uint8Array).length));
        };
    }
    return function (this: unknown, ...args) {
      settle();
      return ask(this, args);
    };
  }

  function dropOf({ where, of }: Call, index: number): Member {
    return function (this: unknown) {
      const object = this as Remote;
      if (object.number === 0) return;
      ahead.forget(object.number);
      address(index);
      cursor.view.setUint32(cursor.room(4), names.numberOf(object, of as Resource), true);
      exchange(where, undefined, undefined);
      object.number = 0;
    };
  }

  const faces: Record<string, Record<string, unknown>> = {};
  calls.forEach((call, index) => {
    faces[call.interfaceName] ??= {};
    const face = faces[call.interfaceName] as Record<string, unknown>;
    if (call.of === undefined) {
      face[call.key] = memberOf(call, index);
      return;
    }
    const made = classes.get(call.of) as RemoteClass;
    face[className(call.of.name)] = made;
    const prototype = made.prototype as unknown as Record<PropertyKey, unknown>;
    if (call.type === undefined) prototype[Symbol.dispose] = dropOf(call, index);
    else prototype[call.key] = memberOf(call, index);
  });
  // the same on every thread, so that nobody has to be asked
  Object.assign(faces["wasi:clocks/monotonic-clock"] as object, { now, resolution });
  for (const name of LOCAL) delete faces[name];
  return {
    faces,
    finish() {
      settle();
      address(FINISH);
      exchange("finish", undefined, undefined);
    },
  };
}

/** What the guest's thread serves itself. */
const LOCAL: readonly string[] = [
  "wasi:clocks/wall-clock",
  "wasi:random/random",
  "wasi:random/insecure",
  "wasi:random/insecure-seed",
  "wasi:cli/environment",
  "wasi:cli/exit",
];
