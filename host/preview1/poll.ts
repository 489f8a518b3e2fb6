/**
 * `poll_oneoff`: sockets, the standard input and clocks in one wait, during which the event loop goes on.
 */
import { now, subscribeInstant } from "../io/clock.ts";
import { alwaysReady, Pollable, poll } from "../io/poll.ts";
import { Errno } from "./abi.ts";
import { type Answer, type Guest, guarded } from "./sockets.ts";

/** Sizes in bytes of `subscription` and `event`. */
const SUBSCRIPTION = 48;
const EVENT = 32;
/** How many subscriptions a call may have: as many as a guest can have descriptors, and clocks. */
const MOST_SUBSCRIPTIONS = 65_536;

/** `eventtype`. */
const CLOCK = 0;
const FD_READ = 1;
const FD_WRITE = 2;

/** `clockid`. */
const REALTIME = 0;
const MONOTONIC = 1;
/** `subclockflags`. */
const ABSTIME = 1;
/** `eventrwflags.fd_readwrite_hangup`. */
const HANGUP = 1;

/** What is waited for, and what is told about it. */
interface Subscription {
  readonly userdata: bigint;
  readonly type: number;
  readonly errno: Errno;
  readonly pollable: Pollable;
  /** Whether the other end is gone. */
  readonly isHungUp?: () => boolean;
}

/**
 * Makes the function.
 *
 * @param guest whose descriptors it waits for; its monotonic clock is ours, since wasi-js has the same
 */
export function pollFunction(guest: Guest): (...args: number[]) => Answer {
  const { root } = guest.context;

  const clockOf = (view: DataView, at: number): { pollable: Pollable; errno: Errno } => {
    const id = view.getUint32(at + 16, true);
    const timeout = view.getBigUint64(at + 24, true);
    const isAbsolute = (view.getUint16(at + 40, true) & ABSTIME) !== 0;
    if (id !== REALTIME && id !== MONOTONIC) {
      return { pollable: new Pollable(alwaysReady, root), errno: Errno.inval };
    }
    let when = timeout + now();
    if (isAbsolute) {
      when = id === MONOTONIC ? timeout : timeout - BigInt(Date.now()) * 1_000_000n + now();
    }
    return { pollable: subscribeInstant(when < 0n ? 0n : when, root), errno: Errno.success };
  };

  const descriptorOf = (
    fd: number,
    type: number,
  ): { pollable: Pollable; errno: Errno; isHungUp?: () => boolean } => {
    const descriptor = guest.descriptors.get(fd);
    if (descriptor === undefined) {
      // files are always ready, as in POSIX
      return { pollable: new Pollable(alwaysReady, root), errno: guest.has(fd) ? Errno.success : Errno.badf };
    }
    if (descriptor.kind === "listener") {
      if (type === FD_READ)
        return { pollable: new Pollable(descriptor.readable, root), errno: Errno.success };
      return { pollable: new Pollable(alwaysReady, root), errno: Errno.notconn };
    }
    const source = type === FD_READ ? descriptor.readable : descriptor.writable;
    if (source === undefined) return { pollable: new Pollable(alwaysReady, root), errno: Errno.badf };
    const isReady = type === FD_READ && descriptor.hasPeeked;
    return {
      pollable: new Pollable(isReady ? alwaysReady : source, root),
      errno: Errno.success,
      isHungUp: () => descriptor.isHungUp,
    };
  };

  const subscribe = (view: DataView, at: number): Subscription => {
    const userdata = view.getBigUint64(at, true);
    const type = view.getUint8(at + 8);
    if (type === CLOCK) return { userdata, type, ...clockOf(view, at) };
    if (type !== FD_READ && type !== FD_WRITE) throw Errno.inval;
    return { userdata, type, ...descriptorOf(view.getUint32(at + 16, true), type) };
  };

  return guarded((from: number, to: number, count: number, countAt: number): Answer => {
    const length = count >>> 0;
    if (length === 0 || length > MOST_SUBSCRIPTIONS) throw Errno.inval;
    const view = new DataView(guest.memory.buffer);
    // looked at before anything is made
    view.getUint8((from >>> 0) + SUBSCRIPTION * length - 1);
    view.getUint8((to >>> 0) + EVENT * length - 1);
    view.getUint32(countAt >>> 0, true);
    const subscriptions: Subscription[] = [];
    const end = (): void => {
      for (const { pollable } of subscriptions) pollable[Symbol.dispose]();
    };
    try {
      for (let i = 0; i < length; i++) subscriptions.push(subscribe(view, (from >>> 0) + SUBSCRIPTION * i));
      const ready = poll(subscriptions.map(({ pollable }) => pollable));
      if (!(ready instanceof Promise)) {
        tell(guest, subscriptions, ready, to >>> 0, countAt >>> 0);
        end();
        return Errno.success;
      }
      return ready
        .then((indexes) => {
          tell(guest, subscriptions, indexes, to >>> 0, countAt >>> 0);
          return Errno.success;
        })
        .finally(end);
    } catch (error) {
      end();
      throw error;
    }
  });
}

function tell(
  guest: Guest,
  subscriptions: readonly Subscription[],
  ready: Uint32Array,
  to: number,
  countAt: number,
): void {
  const view = new DataView(guest.memory.buffer);
  let at = to;
  for (const index of ready) {
    const { userdata, errno, type, isHungUp } = subscriptions[index] as Subscription;
    const isBytes = type !== CLOCK && errno === Errno.success;
    view.setBigUint64(at, userdata, true);
    view.setUint16(at + 8, errno, true);
    view.setUint8(at + 10, type);
    // how many bytes there are is known to nobody before they are taken
    view.setBigUint64(at + 16, isBytes ? 1n : 0n, true);
    view.setUint16(at + 24, isHungUp?.() ? HANGUP : 0, true);
    at += EVENT;
  }
  view.setUint32(countAt, ready.length, true);
}
