/**
 * Taking the datagrams that wait at a socket with one call of the kernel: recvmmsg(2), through koffi where that is
 * installed. libuv asks for each alone, into 64 KiB that are then cut to size, and Node writes its sender as text; a
 * datagram costs a third so.
 */
import { getSystemErrorName } from "node:util";
import type { Time } from "../../io/time.ts";
import { takesDatagramsTogether } from "../../runtime/features.ts";
import { type Koffi, loadKoffi } from "../../runtime/koffi.ts";
import { addressText, type Ipv6Address, type NodeAddress } from "../address.ts";
import { errorCode } from "../errors.ts";
import type { DatagramListener } from "../network.ts";

/** How many are taken at a time, as libuv does in a turn of its loop. */
const MOST = 32;
/** As long as a datagram can be. */
const SIZE = 65_536;
/** How many may be taken in a turn of the event loop: all else waits meanwhile. */
const TURN_LIMIT = 256;

// struct mmsghdr of Linux with 64 bits, in 32-bit words: the pointers to the name and to one iovec, and what is said of each
const HEADER_WORDS = 16;
const NAME_AT = 0;
const NAME_LENGTH_AT = 2;
const IOVEC_AT = 4;
const IOVECS_AT = 6;
const LENGTH_AT = 14;
const IOVEC_WORDS = 4;
/** struct sockaddr_in6, which is longer than that of IPv4: family and port, flow, four words of the address, scope. */
const NAME_WORDS = 7;
const FLOW_AT = 1;
/** The family is the lower half of the first word. */
const AF_INET = 2;
const MSG_DONTWAIT = 0x40;

const { slice } = Uint8Array.prototype;

/** The call, and the memory that it fills: one for all sockets, as it is empty again when the call is over. */
class DatagramBatch {
  readonly #koffi: Koffi;
  readonly #recvmmsg: (...args: unknown[]) => number;
  readonly #bytes: Buffer = Buffer.allocUnsafeSlow(MOST * SIZE);
  readonly #headers: Uint32Array = new Uint32Array(MOST * HEADER_WORDS);
  readonly #names: Uint32Array = new Uint32Array(MOST * NAME_WORDS);
  // the kernel reads them, and nobody here
  readonly #iovecs: Uint32Array = new Uint32Array(MOST * IOVEC_WORDS);
  /** The latest sender, as the kernel and as Node writes it. */
  readonly #name: Uint32Array = new Uint32Array(NAME_WORDS);
  #from: NodeAddress = { address: "0.0.0.0", family: "IPv4", port: 0 };

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
    this.#recvmmsg = koffi
      .load(null)
      .func("int recvmmsg(int fd, void *headers, uint32_t count, int flags, void *timeout)");
    const at = (view: Uint8Array | Uint32Array): bigint =>
      koffi.address(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    const [bytes, names, iovecs] = [at(this.#bytes), at(this.#names), at(this.#iovecs)];
    const put = (words: Uint32Array, word: number, value: bigint): void => {
      words[word] = Number(value & 0xffff_ffffn);
      words[word + 1] = Number(value >> 32n);
    };
    for (let i = 0; i < MOST; i++) {
      const header = i * HEADER_WORDS;
      put(this.#headers, header + NAME_AT, names + BigInt(i * NAME_WORDS * 4));
      put(this.#headers, header + IOVEC_AT, iovecs + BigInt(i * IOVEC_WORDS * 4));
      put(this.#headers, header + IOVECS_AT, 1n);
      put(this.#iovecs, i * IOVEC_WORDS, bytes + BigInt(i * SIZE));
      put(this.#iovecs, i * IOVEC_WORDS + 2, BigInt(SIZE));
    }
  }

  /**
   * Takes what is there, at most {@link MOST}.
   *
   * @returns how many, or the name of errno
   */
  take(fd: number, listener: DatagramListener): number | string {
    const headers = this.#headers;
    // which the kernel sets to the length of what it wrote
    for (let i = 0; i < MOST; i++) headers[i * HEADER_WORDS + NAME_LENGTH_AT] = NAME_WORDS * 4;
    const count = this.#recvmmsg(fd, headers, MOST, MSG_DONTWAIT, null);
    if (count < 0) return getSystemErrorName(-this.#koffi.errno());
    for (let i = 0; i < count; i++) {
      const length = headers[i * HEADER_WORDS + LENGTH_AT] as number;
      const bytes = slice.call(this.#bytes, i * SIZE, i * SIZE + length) as Buffer;
      listener.arrived(bytes, this.#senderOf(i));
    }
    return count;
  }

  #senderOf(i: number): NodeAddress {
    const at = i * NAME_WORDS;
    if (!this.#isLatest(at)) {
      this.#name.set(this.#names.subarray(at, at + NAME_WORDS));
      this.#from = nameOf(this.#name);
    }
    return this.#from;
  }

  #isLatest(at: number): boolean {
    const names = this.#names;
    const name = this.#name;
    const words = isIpv4(names[at] as number) ? 2 : NAME_WORDS;
    for (let word = 0; word < words; word++) {
      const isFlow = words === NAME_WORDS && word === FLOW_AT;
      if (!isFlow && names[at + word] !== name[word]) return false;
    }
    return true;
  }
}

function isIpv4(familyWord: number): boolean {
  return (familyWord & 0xffff) === AF_INET;
}

/** A sender as Node writes it: the kernel gives those of IPv6 a scope where it means something. */
function nameOf(words: Uint32Array): NodeAddress {
  const name = new DataView(words.buffer);
  const port = name.getUint16(2);
  if (isIpv4(words[0] as number)) {
    return { address: new Uint8Array(words.buffer, 4, 4).join("."), family: "IPv4", port };
  }
  const address = Array.from({ length: 8 }, (_, i) => name.getUint16(8 + i * 2)) as unknown as Ipv6Address;
  const val = { port, flowInfo: 0, address, scopeId: words[6] as number };
  return { address: addressText({ tag: "ipv6", val }), family: "IPv6", port };
}

/** The batch of the process; null where there is none. */
let known: DatagramBatch | null | undefined;

function findBatch(): DatagramBatch | null {
  if (known !== undefined) return known;
  try {
    known = new DatagramBatch(loadKoffi());
  } catch {
    known = null; // it is not installed, or may not be used
  }
  return known;
}

/** From how many datagrams on, and how quick ones, it is worth to load koffi. */
const MANY = 32;
const QUICK_NANOSECONDS = 5_000_000n;
/** How many datagrams of libuv's follow at most a try that found nothing. */
const LONGEST_PAUSE = 64;

/** The clock and the turns of the event loop. */
type Turns = Pick<Time, "monotonic" | "defer">;

/**
 * Reads on behind the datagrams that libuv gives, where many come.
 *
 * A try that finds nothing costs a fifth of a datagram, so that one follows after one, two, four … datagrams, until
 * another finds some.
 */
export class DatagramReader {
  readonly #handle: { readonly fd: number };
  readonly #listener: DatagramListener;
  readonly #time: Turns;
  readonly #rested: () => void;
  #batch: DatagramBatch | undefined = undefined;
  #untilTry = MANY;
  #pause = 1;
  #since: bigint;
  #inTurn = 0;

  /**
   * @param handle of the socket; its descriptor is negative when it is closed
   * @param listener whose datagrams they are
   * @param time what it counts turns and quickness by
   */
  constructor(handle: { readonly fd: number }, listener: DatagramListener, time: Turns) {
    this.#handle = handle;
    this.#listener = listener;
    this.#time = time;
    this.#since = time.monotonic();
    this.#rested = () => {
      this.#inTurn = 0;
    };
  }

  /** Called behind each datagram that libuv gave. */
  readOn(): void {
    if (--this.#untilTry > 0) return;
    this.#batch ??= this.#look();
    const before = this.#inTurn;
    if (this.#batch === undefined || before >= TURN_LIMIT) return;
    this.#takeAll(this.#batch);
    if (this.#inTurn > before) {
      this.#pause = 1;
      if (before === 0) this.#time.defer(this.#rested);
    } else {
      this.#untilTry = this.#pause;
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    }
  }

  #takeAll(batch: DatagramBatch): void {
    for (;;) {
      // whoever was told of a datagram may have closed it
      const { fd } = this.#handle;
      const taken = fd < 0 ? 0 : batch.take(fd, this.#listener);
      if (typeof taken === "string") {
        if (taken !== "EAGAIN") this.#listener.failed(errorCode({ code: taken }));
        return;
      }
      this.#inTurn += taken;
      if (taken < MOST || this.#inTurn >= TURN_LIMIT) return;
    }
  }

  /** Looks for the batch, when so many datagrams have come so quickly that it is worth it. */
  #look(): DatagramBatch | undefined {
    const now = this.#time.monotonic();
    const isQuick = now - this.#since < QUICK_NANOSECONDS;
    this.#since = now;
    this.#untilTry = MANY;
    if (!isQuick) return undefined;
    const found = this.#listener.allowsNative?.() === true ? findBatch() : null;
    if (found === null) this.#untilTry = Number.POSITIVE_INFINITY;
    return found ?? undefined;
  }
}

/** What reads on at a socket; `undefined` where it can't be. */
export function datagramReader(
  handle: { readonly fd: number } | undefined,
  listener: DatagramListener,
  time: Turns,
): DatagramReader | undefined {
  if (!takesDatagramsTogether || handle === undefined || handle.fd < 0) return undefined;
  return new DatagramReader(handle, listener, time);
}
