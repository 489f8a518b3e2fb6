/**
 * Names to addresses: literals, IDNA, the system's resolver, and a limit to how many look-ups run.
 */
import { domainToASCII } from "node:url";
import { events, nextNumber } from "../events/channels.ts";
import type { Caps } from "../io/caps.ts";
import type { Abortable, Ledger } from "../io/owner.ts";
import { Source } from "../io/poll.ts";
import type { TimerHandle } from "../io/time.ts";
import type { IpAddress } from "../network/address.ts";
import { parseIp, unmapIp } from "../network/address.ts";
import type { SocketErrorCode } from "../network/errors.ts";
import { resolverErrorCode } from "../network/errors.ts";
import type { NameQuery, Network } from "../network/network.ts";
import type { Permissions } from "../policy/permissions.ts";

/** RFC 1035, 2.3.4, as text without the root's dot. */
const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;
/** What is longer than this in any script can't become a name; it is not even looked at, nor written down. */
const LONGEST_TEXT = 1024;

/** An answer holds no more addresses than fit into a message of 64 KiB (RFC 1035, 4.2.2); what is beyond is let go. */
const MOST_ADDRESSES = 4096;
/** An IPv6 address with a zone. */
const LONGEST_LITERAL = 128;

/** How long what is known of names that are only watched stays good, in milliseconds. */
const WATCH_AGAIN = 3_600_000;
/** The same, where some of them could not be looked up. */
const WATCH_SOON = 10_000;

/** How many addresses the look-ups of a host hold for the guest. */
const MOST_HELD = 262_144;

/**
 * Looks a name up.
 *
 * @param name ASCII, without a trailing dot's meaning changed
 * @returns addresses as text, the preferred one first
 * @throws an error whose `code` says what went wrong: `ENOTFOUND`, `EAI_AGAIN`, `EAI_FAIL`
 */
export type ResolveName = (name: string) => Promise<readonly string[]>;

/** What look-ups need of the host that they are made for. */
export interface LookupHost {
  /** Which host this is, in events. */
  readonly id: number;
  readonly ledger: Ledger;
  readonly network: Network;
  readonly permissions: Permissions;
  readonly caps: Readonly<Caps>;
  /** Looks names up instead of the network, where given. */
  readonly resolve: ResolveName | undefined;
  readonly lookups: LookupQueue;
}

/** Runs look-ups of a host, at most so many at a time. */
export class LookupQueue {
  #running = 0;
  #watchAgain = 0;
  /** Names that are watched wait for no guest's: it could keep them waiting for ever. */
  #watching: LookupQueue | undefined = undefined;
  #known: Promise<unknown> | undefined = undefined;
  #network: Network | undefined = undefined;
  readonly #waiting: Set<Lookup> = new Set();

  /** Runs the look-up now or when its turn comes; with too many waiting it fails. */
  add(lookup: Lookup, most: number = lookup.context.caps.lookupQueue): void {
    if (this.#running < lookup.context.caps.lookups) this.#run(lookup);
    else if (this.#waiting.size < most) {
      this.#waiting.add(lookup);
      lookup.onceOver = () => this.#waiting.delete(lookup);
    } else lookup.settle([], "EAI_AGAIN");
  }

  /** Looks up the names whose addresses the policy wants to know, unless that was done lately. */
  watch(context: LookupHost): void {
    const { watched } = context.permissions;
    const { network } = context;
    if (watched.length === 0 || network.milliseconds() < this.#watchAgain) return;
    this.#watchAgain = network.milliseconds() + WATCH_AGAIN;
    this.#network = network;
    this.#watching ??= new LookupQueue();
    const over = watched.map((name) => {
      return new Promise<void>((resolve) => {
        const onSettled = (error: SocketErrorCode | undefined): void => {
          const isKnown = error === undefined || error === "EAI_NONAME";
          if (!isKnown) this.#watchAgain = Math.min(this.#watchAgain, network.milliseconds() + WATCH_SOON);
          resolve();
        };
        this.#watching?.add(new Lookup(context, name, onSettled), Number.POSITIVE_INFINITY);
      });
    });
    this.#known = Promise.all(over);
  }

  /** Resolves when the names that are watched have been looked up, or after so many milliseconds. */
  async whenKnown(patience: number): Promise<void> {
    const network = this.#network;
    if (this.#known === undefined || network === undefined) return;
    let timer: TimerHandle | undefined;
    const late = new Promise<void>((resolve) => {
      timer = network.startTimer(resolve, BigInt(patience) * 1_000_000n, undefined);
    });
    await Promise.race([this.#known, late]);
    if (timer !== undefined) network.stopTimer(timer);
  }

  #run(lookup: Lookup): void {
    this.#running++;
    const { addresses, cancel } = query(lookup);
    // what can be called off fails at once, and gives its place to the next one
    lookup.onceOver = cancel;
    addresses
      .then(toAddresses)
      .then(
        (found) => lookup.settle(found, found.length === 0 ? "EAI_NONAME" : undefined),
        (error: unknown) => lookup.settle([], codeOf(error)),
      )
      .finally(() => this.#next());
  }

  #next(): void {
    this.#running--;
    for (const next of this.#waiting) {
      this.#waiting.delete(next);
      this.#run(next);
      break;
    }
  }
}

function query({ context, name }: Lookup): NameQuery {
  const { resolve } = context;
  if (resolve === undefined) return context.network.lookUp(name, context);
  // a resolver that throws instead of rejecting fails this look-up only
  const addresses = new Promise<readonly string[]>((answer) => answer(resolve(name)));
  return { addresses, cancel: () => {} };
}

/** What a resolver answered: what is no address is passed over. Throws where that is no list. */
function toAddresses(texts: unknown): IpAddress[] {
  if (!Array.isArray(texts)) throw new TypeError("a resolver must give an array of addresses");
  const addresses: IpAddress[] = [];
  for (const text of texts.slice(0, MOST_ADDRESSES) as unknown[]) {
    const address = typeof text === "string" && text.length <= LONGEST_LITERAL ? parseIp(text) : undefined;
    if (address !== undefined) addresses.push(unmapIp(address));
  }
  return addresses;
}

/** The code of what a resolver threw, which may be anything. */
function codeOf(thrown: unknown): SocketErrorCode {
  try {
    return resolverErrorCode(thrown);
  } catch {
    return "EAI_FAIL";
  }
}

/** One look-up. Ready when the answer or the failure is there. */
export class Lookup extends Source implements Abortable {
  readonly context: LookupHost;
  /** What is looked up, in ASCII. */
  readonly name: string;
  /** Which look-up this is, in events. */
  readonly id: number = nextNumber();
  readonly #onWatched: ((error: SocketErrorCode | undefined) => void) | undefined;
  /** Called once, when the answer is there or nobody wants it any more. */
  onceOver: (() => void) | undefined = undefined;
  #addresses: readonly IpAddress[] | undefined = undefined;
  #at = 0;
  #error: SocketErrorCode | undefined = undefined;
  #isCounted = true;

  /**
   * @param context what all sockets of the host share
   * @param name in ASCII
   * @param onWatched of a name that is only watched, so that nobody asks for its addresses: told why it failed
   */
  constructor(context: LookupHost, name: string, onWatched?: (error: SocketErrorCode | undefined) => void) {
    super();
    this.context = context;
    this.#onWatched = onWatched;
    this.name = name;
    context.ledger.lookups++;
    context.ledger.live.add(this);
    const { dnsLookupStart } = events;
    if (dnsLookupStart.hasSubscribers) dnsLookupStart.publish({ host: context.id, lookup: this.id, name });
  }

  /** Whether the answer is there, or nobody wants it any more. */
  get isOver(): boolean {
    return this.#addresses !== undefined;
  }

  override isReady(): boolean {
    return this.isOver;
  }

  /**
   * The next address.
   *
   * @returns `undefined` when there are no more
   * @throws `EAGAIN`, and why the look-up failed, each time anew
   */
  next(): IpAddress | undefined {
    if (this.#addresses === undefined) throw "EAGAIN" satisfies SocketErrorCode;
    if (this.#error !== undefined) throw this.#error;
    return this.#addresses[this.#at++];
  }

  /** Takes the answer, unless the interest is gone or the guest holds too many addresses. */
  settle(addresses: readonly IpAddress[], error: SocketErrorCode | undefined): void {
    if (this.isOver) return;
    const { context, id, name } = this;
    if (error === undefined) {
      context.permissions.resolved(name, addresses);
    }
    if (events.dnsLookup.hasSubscribers) {
      events.dnsLookup.publish({ host: context.id, lookup: id, name, addresses, error });
    }
    if (this.#onWatched !== undefined) {
      this.#end([], error);
      this.#onWatched(error);
    } else if (context.ledger.addresses + addresses.length > MOST_HELD) {
      this.#end([], "EAI_AGAIN");
    } else {
      this.#end(addresses, error);
      context.ledger.addresses += addresses.length;
    }
  }

  /** The interest is gone. */
  close(): void {
    this.#end([], undefined);
    this.context.ledger.addresses -= this.#addresses?.length ?? 0;
    this.#addresses = [];
  }

  /** Ends the look-up: the host is closed. */
  abort(): void {
    this.#end([], "EAI_AGAIN");
  }

  #end(addresses: readonly IpAddress[], error: SocketErrorCode | undefined): void {
    if (this.#isCounted) {
      this.#isCounted = false;
      this.context.ledger.lookups--;
      this.context.ledger.live.delete(this);
    }
    if (this.isOver) return;
    this.#addresses = addresses;
    this.#error = error;
    this.onceOver?.();
    this.onceOver = undefined;
    this.notify();
  }
}

/**
 * Starts a look-up; a literal is answered at once.
 *
 * @param context what all sockets of the host share
 * @param name a name, in any script, or an address literal, an IPv6 one also in brackets
 * @throws `EINVAL` for what is neither; `EAI_FAIL` where the policy refuses,
 *   before more of the name is looked at than its length where all look-ups are refused
 */
export function startLookup(context: LookupHost, name: string): Lookup {
  context.ledger.assertOpen();
  if (name.length > LONGEST_TEXT) throw "EINVAL" satisfies SocketErrorCode;
  const { permissions } = context;
  if (!permissions.offers("resolve", name)) throw "EAI_FAIL" satisfies SocketErrorCode;
  const literal = parseIp(name);
  if (literal !== undefined) {
    if (!permissions.decide(true, "resolve", name, undefined)) {
      throw "EAI_FAIL" satisfies SocketErrorCode;
    }
    const lookup = new Lookup(context, name);
    lookup.settle([unmapIp(literal)], undefined);
    return lookup;
  }
  const ascii = toAsciiName(name);
  if (ascii === undefined) throw "EINVAL" satisfies SocketErrorCode;
  if (!permissions.checkName(ascii)) throw "EAI_FAIL" satisfies SocketErrorCode;
  const lookup = new Lookup(context, ascii);
  context.lookups.add(lookup);
  return lookup;
}

/**
 * A name in ASCII (IDNA, UTS #46), or `undefined` when it can be no host name.
 *
 * @param name letters, digits, `-` and `_` in labels of at most 63, at most 253 in all
 */
export function toAsciiName(name: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the range of ASCII
  const ascii = /^[\x00-\x7f]*$/.test(name) ? name : domainToASCII(name);
  const bare = ascii.endsWith(".") ? ascii.slice(0, -1) : ascii;
  if (bare === "" || bare.length > LONGEST_NAME) return undefined;
  for (const label of bare.split(".")) {
    if (label.length > LONGEST_LABEL || !/^[A-Za-z0-9_-]+$/.test(label)) return undefined;
  }
  return ascii;
}
