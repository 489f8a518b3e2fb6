/**
 * The system's resolver for guests, who must not take it from each other or from the process.
 *
 * getaddrinfo(3) blocks a thread until it has its answer, which may take minutes where a server is silent, and
 * can't be called off. libuv lets it have half of its threads, which are two by default: two look-ups that hang, and
 * nobody in the process resolves `localhost`. So all guests together get one of these threads. Who finds it taken for
 * too long asks by sockets instead (c-ares), where nobody waits for anybody, and what is called off is over.
 */
import * as dns from "node:dns";
import { networkInterfaces } from "node:os";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { variable } from "../../runtime/kind.ts";
import type { NameQuery } from "../network.ts";
import { fromHostsFile, searched } from "./name-files.ts";

/** For how long the thread may be taken before others go past it, in milliseconds. */
const PATIENCE = 150;
/** A thread that was ended while it had its turn gives none back: after this it counts as free, in milliseconds. */
const LOST = 120_000;
/** libuv's threads, and how many of them make two for getaddrinfo. */
const THREADS = 4;
const ENOUGH_THREADS = 3;
/** For how long each server is asked, in milliseconds, and how often: what glibc does. */
const QUERY = { timeout: 5000, tries: 2 };

/**
 * Looks a name up as the process does, with getaddrinfo(3): for trusted code.
 *
 * @returns addresses as text, sorted by preference (RFC 6724)
 */
export async function systemAddresses(name: string): Promise<string[]> {
  const found = await dns.promises.lookup(name, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

/**
 * Looks a name up for a guest.
 *
 * @param name in ASCII
 * @param guest whose it is: who has had no turn lately has the next one
 */
export function queryForGuest(name: string, guest: object): NameQuery {
  let isOver = false;
  let cancel: () => void = () => {};
  const bySockets = (): Promise<readonly string[]> => {
    if (isOver) throw aborted();
    const resolver = new dns.promises.Resolver(QUERY);
    cancel = () => resolver.cancel();
    return askServers(name, resolver);
  };
  const thread = guestThread();
  const addresses = thread.turn(guest, (stop) => {
    cancel = stop;
  });
  return {
    addresses: addresses.then((isOurs) => (isOurs ? thread.use(() => systemAddresses(name)) : bySockets())),
    cancel: () => {
      isOver = true;
      cancel();
    },
  };
}

interface Waiting {
  readonly guest: object;
  readonly settle: (isOurs: boolean) => void;
}

/** The one thread that guests have for getaddrinfo; the threads of a process share it. */
class GuestThread {
  /** 0 while it is free, else since when it is not. */
  readonly #since: Int32Array;
  readonly #waiting: Set<Waiting> = new Set();
  #last: object | undefined = undefined;

  constructor(since: Int32Array) {
    this.#since = since;
  }

  /** Waits for the turn of a guest; false when it takes too long, or there is none to be had. */
  turn(guest: object, onStop: (stop: () => void) => void): Promise<boolean> {
    if (Number(variable("UV_THREADPOOL_SIZE") || THREADS) < ENOUGH_THREADS) return Promise.resolve(false);
    if (this.#take(guest)) return Promise.resolve(true);
    const elapsed = this.#elapsed();
    if (elapsed >= PATIENCE) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      const settle = (isOurs: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        resolve(isOurs);
      };
      const waiting = { guest, settle };
      const timer = setTimeout(() => settle(this.#take(guest)), PATIENCE - elapsed);
      this.#waiting.add(waiting);
      onStop(() => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        reject(aborted());
      });
    });
  }

  /** Does what the turn is for, and gives the thread to the next one. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      Atomics.store(this.#since, 0, 0);
      this.#next();
    }
  }

  #take(guest: object): boolean {
    if (this.#elapsed() > LOST) Atomics.store(this.#since, 0, 0);
    if (Atomics.compareExchange(this.#since, 0, 0, clock() || 1) !== 0) return false;
    this.#last = guest;
    return true;
  }

  #elapsed(): number {
    const since = Atomics.load(this.#since, 0);
    return since === 0 ? 0 : (clock() - since) & LARGEST;
  }

  /** Another guest than the last one, where one waits. */
  #next(): void {
    let next: Waiting | undefined;
    for (const waiting of this.#waiting) {
      next ??= waiting;
      if (waiting.guest === this.#last) continue;
      next = waiting;
      break;
    }
    if (next !== undefined && this.#take(next.guest)) next.settle(true);
  }
}

const LARGEST = 0x7fffffff;

/** Milliseconds, the same in all threads. */
function clock(): number {
  return Date.now() & LARGEST;
}

const SHARED = "wasock:getaddrinfo";

/** What the threads of this process share, as far as they were started after this module was loaded. */
function sharedState(): Int32Array {
  const given: unknown = getEnvironmentData(SHARED);
  if (given instanceof SharedArrayBuffer) return new Int32Array(given);
  const made = new SharedArrayBuffer(4);
  setEnvironmentData(SHARED, made as never);
  return new Int32Array(made);
}

let shared: GuestThread | undefined;

/** That of libuv's threads which guests have. */
function guestThread(): GuestThread {
  shared ??= new GuestThread(sharedState());
  return shared;
}

/** Asks as getaddrinfo(3) does: the hosts file first, then the servers, for each name that it may be short for. */
async function askServers(name: string, resolver: dns.promises.Resolver): Promise<readonly string[]> {
  const known = withoutServers(name);
  if (known.length > 0) return sorted(known);
  let failure: unknown = noSuchName(name);
  for (const whole of searched(name)) {
    const answers = await Promise.allSettled([resolver.resolve4(whole), resolver.resolve6(whole)]);
    const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    if (found.length > 0) return sorted(found);
    const reasons = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []));
    const grave = reasons.find(({ code }) => code !== "ENOTFOUND" && code !== "ENODATA");
    // a server that does not answer may know the name: to go on would give another's address
    if (grave !== undefined) {
      failure = grave;
      break;
    }
  }
  throw failure;
}

function withoutServers(name: string): readonly string[] {
  const known = fromHostsFile(name);
  if (known.length > 0) return known;
  if (/(^|\.)localhost\.?$/i.test(name)) return ["::1", "127.0.0.1"];
  // the notations of inet_aton(3), 127.1 and the like, are those that URLs have
  if (!/(^|\.)(\d+|0x[\da-f]*)\.?$/i.test(name)) return [];
  if (!URL.canParse(`http://${name}`)) throw noSuchName(name);
  return [new URL(`http://${name}`).hostname];
}

/** RFC 6724 in short: IPv6 first where this machine has an address of it that leads beyond the link. */
function sorted(addresses: readonly string[]): string[] {
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const hasIpv6 = interfaces.some(
    ({ family, internal, address }) => family === "IPv6" && !internal && !/^fe[89ab]/i.test(address),
  );
  const isFirst = (address: string): boolean => address.includes(":") && (hasIpv6 || address === "::1");
  return [...addresses.filter(isFirst), ...addresses.filter((address) => !isFirst(address))];
}

function aborted(): Error {
  return Object.assign(new Error("the look-up was called off"), { code: "ECANCELLED" });
}

function noSuchName(name: string): Error {
  return Object.assign(new Error(`no such name: ${name}`), { code: "ENOTFOUND" });
}
