/**
 * `poll_oneoff`: sockets, standard streams and clocks in one wait. Files are always ready, as in POSIX.
 */

import { nanoseconds } from "../io/datetime.ts";
import type { Pollable } from "../wit/wasi02.ts";
import { ClockId, Errno, FileType } from "./abi.ts";
import type { Opened, Process } from "./process.ts";
import type { Calls, LaterErrno } from "./signatures.ts";

/** Sizes in bytes of `subscription` and `event`. */
const SUBSCRIPTION = 48;
const EVENT = 32;
/** How many subscriptions a call may have: as many as a guest can have descriptors, and clocks. */
const MOST_SUBSCRIPTIONS = 65_536;

/** `eventtype`. */
const CLOCK = 0;
const FD_READ = 1;
const FD_WRITE = 2;

/** `subclockflags`. */
const ABSTIME = 1;
/** `eventrwflags.fd_readwrite_hangup`. */
const HANGUP = 1;
const LAST_INSTANT = (1n << 64n) - 1n;

/** What is waited for, and what is told about it. */
interface Subscription {
  readonly userdata: bigint;
  readonly type: number;
  /** What it waits for; undefined when it is ready already. */
  readonly pollable?: Pollable | undefined;
  /** Whether the pollable goes with the call. */
  readonly isOwn?: boolean;
  /** What went wrong with it. */
  readonly errno?: number;
  readonly opened?: Opened;
}

export function pollCalls(process: Process): Calls {
  const { memory, faces } = process;
  const monotonic = faces["wasi:clocks/monotonic-clock"];

  const clock = (view: DataView, at: number): Partial<Subscription> => {
    const id = view.getUint32(at + 16, true);
    const timeout = view.getBigUint64(at + 24, true);
    const isAbsolute = (view.getUint16(at + 40, true) & ABSTIME) !== 0;
    if (id !== ClockId.realtime && id !== ClockId.monotonic) return { errno: Errno.inval };
    let when = timeout;
    if (!isAbsolute) when += monotonic.now();
    else if (id === ClockId.realtime) {
      when += monotonic.now() - nanoseconds(faces["wasi:clocks/wall-clock"].now());
    }
    const instant = when < 0n ? 0n : when > LAST_INSTANT ? LAST_INSTANT : when;
    return { pollable: monotonic.subscribeInstant(instant), isOwn: true };
  };

  const descriptor = (fd: number, type: number): Partial<Subscription> => {
    let opened: Opened;
    try {
      opened = process.get(fd);
    } catch (errno) {
      return { errno: errno as number };
    }
    const { is } = opened;
    switch (is.kind) {
      case "listener":
        return type === FD_READ ? { opened, pollable: is.readable } : { errno: Errno.notconn };
      case "stream": {
        if (type === FD_READ && is.isReadableNow) return { opened };
        const pollable = type === FD_READ ? is.readable : is.writable;
        return pollable === undefined ? { errno: Errno.badf } : { opened, pollable };
      }
      default:
        return { opened };
    }
  };

  const subscribe = (view: DataView, at: number): Subscription => {
    const userdata = view.getBigUint64(at, true);
    const type = view.getUint8(at + 8);
    if (type === CLOCK) return { userdata, type, ...clock(view, at) };
    if (type !== FD_READ && type !== FD_WRITE) throw Errno.inval;
    return { userdata, type, ...descriptor(view.getUint32(at + 16, true), type) };
  };

  const bytesOf = ({ is }: Opened, type: number): bigint => {
    // how many bytes a stream has is known to nobody before they are taken
    if (type !== FD_READ || is.kind !== "file" || is.type !== FileType.regularFile) return 1n;
    const left = is.descriptor.stat().size - is.position;
    return left > 0n ? left : 0n;
  };

  const tell = (told: readonly Subscription[], to: number, countAt: number): number => {
    memory.check(to, EVENT * told.length);
    told.forEach(({ userdata, type, errno, opened }, i) => {
      const at = to + EVENT * i;
      const nbytes = opened === undefined || errno !== undefined ? 0n : bytesOf(opened, type);
      const isHungUp = opened?.is.kind === "stream" && opened.is.isHungUp;
      const { view } = memory;
      view.setBigUint64(at, userdata, true);
      view.setBigUint64(at + 8, 0n, true);
      view.setUint16(at + 8, errno ?? Errno.success, true);
      view.setUint8(at + 10, type);
      view.setBigUint64(at + 16, nbytes, true);
      view.setBigUint64(at + 24, isHungUp ? BigInt(HANGUP) : 0n, true);
    });
    memory.setU32(countAt, told.length);
    return Errno.success;
  };

  const pollOneoff = (from: number, to: number, count: number, countAt: number): LaterErrno => {
    if (count === 0 || count > MOST_SUBSCRIPTIONS) throw Errno.inval;
    // looked at before anything is made
    memory.check(from, SUBSCRIPTION * count);
    memory.check(to, EVENT * count);
    memory.check(countAt, 4);
    const subscriptions: Subscription[] = [];
    const owned: Pollable[] = [];
    const end = (): void => {
      for (const pollable of owned) pollable[Symbol.dispose]();
    };
    const own = (pollable: Pollable): Pollable => {
      owned.push(pollable);
      return pollable;
    };
    try {
      const { view } = memory;
      for (let i = 0; i < count; i++) {
        const subscription = subscribe(view, from + SUBSCRIPTION * i);
        if (subscription.isOwn && subscription.pollable) own(subscription.pollable);
        subscriptions.push(subscription);
      }
      const waiting = subscriptions.filter(({ pollable }) => pollable !== undefined);
      const list = waiting.map(({ pollable }) => pollable as Pollable);
      // what is ready already must not wait for the others, and what they have is told too
      if (waiting.length < count) list.push(own(monotonic.subscribeDuration(0n)));
      const ready = faces["wasi:io/poll"].poll(list);
      const told = (indexes: Uint32Array): number => {
        const found = new Set(Array.from(indexes, (index) => waiting[index]));
        return tell(
          subscriptions.filter((one) => one.pollable === undefined || found.has(one)),
          to,
          countAt,
        );
      };
      if (ready instanceof Promise) return ready.then(told).finally(end);
      const answer = told(ready);
      end();
      return answer;
    } catch (error) {
      end();
      throw error;
    }
  };
  return { poll_oneoff: pollOneoff };
}
