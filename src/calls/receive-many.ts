/** Receiving several datagrams with one call. */
import { type CoreObject, core, coreBytes, MESSAGE_WORDS, messageWords } from "../core.ts";
import type { CoreSocket } from "../core-socket.ts";
import { Call, type Wait } from "../driver.ts";
import { coreSocket, type Endpoint } from "../endpoint.ts";
import { requireInteger } from "../errors.ts";
import { readAddress, Sockaddr } from "../sockaddr.ts";
import { LIMIT } from "./message.ts";
import { copied, owned, whileReading } from "./receive.ts";

/** A datagram that was received with others. */
export interface Message {
  /** What came, in memory of its own. */
  readonly bytes: Buffer;
  /** Where it came from, the same object for those that follow each other from one sender; null in a socket pair. */
  readonly sender: Sockaddr | null;
}

/** The words of an address in a datagram's. */
const ADDRESS_WORDS = MESSAGE_WORDS - 3;

/** Of the datagrams that were received together. */
class ReceiveMany<T> extends Call<T> {
  readonly #own: CoreSocket;
  readonly #most: number;
  readonly #seconds: number;
  readonly #finish: (result: Message[] | number) => T;
  readonly #wantsBytes: boolean;
  /** What went past the core: all but the empty ones. */
  #pieces: Buffer[] = [];

  constructor(socket: CoreSocket, most: number, wait: Wait, finish: (result: Message[] | number) => T) {
    super(socket, "incoming", false, wait);
    this.#own = socket;
    this.#most = most;
    this.#seconds = wait.seconds;
    this.#finish = finish;
    this.#wantsBytes = !socket.isHosted || socket.hasPeeked;
  }

  protected override attempt(): number {
    const { object } = this.#own;
    return this.#read(() => core.receiveManyNow(object, this.#most, Number(this.#wantsBytes)));
  }

  protected override queue(): CoreObject {
    return core.startReceiveMany(this.#own.object, this.#most, Number(this.#wantsBytes), this.#seconds);
  }

  protected override step(): number {
    return this.#read(() => core.step(this.operation, 0));
  }

  #read(call: () => number): number {
    if (this.#wantsBytes) return call();
    return whileReading((bytes) => this.#pieces.push(owned(bytes, this.#own)), call);
  }

  protected override finish(result: number): T {
    return this.#finish(result < 0 ? result : this.#messages(result));
  }

  #messages(count: number): Message[] {
    const words = messageWords();
    const result: Message[] = [];
    let piece = 0;
    let sender: Sockaddr | null = null;
    for (let i = 0; i < count; i++) {
      const at = i * MESSAGE_WORDS;
      const length = words[at + ADDRESS_WORDS + 2] as number;
      const isEmpty = length === 0 || this.#wantsBytes;
      const bytes = isEmpty
        ? copied(coreBytes(words[at + ADDRESS_WORDS + 1] as number, length))
        : this.#pieces[piece++];
      if (i === 0 || !isSame(words, at)) sender = senderAt(words, at);
      result.push({ bytes: bytes as Buffer, sender });
    }
    return result;
  }
}

/** Whether a datagram has the sender of the one before. */
function isSame(words: Int32Array, at: number): boolean {
  for (let i = 0; i <= ADDRESS_WORDS; i++) if (words[at + i] !== words[at + i - MESSAGE_WORDS]) return false;
  return true;
}

function senderAt(words: Int32Array, at: number): Sockaddr | null {
  if (words[at + ADDRESS_WORDS] === 0) return null;
  const bytes = new Uint8Array(words.buffer, words.byteOffset + at * 4, ADDRESS_WORDS * 4);
  return readAddress(new Sockaddr(), bytes);
}

/**
 * Receives the datagrams that are there, as soon as there is one.
 *
 * @param n at most so many, and at most 64
 * @param finish makes the call's result of the datagrams, none where no more can come; of TIMED_OUT, or of a negative
 *   errno
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 */
export function receiveManyWithin<T>(
  socket: Endpoint,
  n: number,
  wait: Wait,
  finish: (result: Message[] | number) => T,
): Promise<T> {
  const own = coreSocket(socket, "recv");
  requireInteger("n", n, 1, LIMIT);
  return new ReceiveMany(own, n, wait, finish).promise();
}
