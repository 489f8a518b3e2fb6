/**
 * Bytes of the network that go past the core.
 *
 * The core decides how many bytes a call moves and what that means; where they lie is nothing to it. So while a call of
 * the library runs it, the host takes what is sent straight from the caller's bytes, where the core means its window,
 * and gives what is received straight to the caller; the core only gets their number.
 */
import type { ByteSource, InputStream } from "../host/io/streams.ts";
import type { Bypass, HandleTable } from "../host/lowered/index.ts";

/**
 * Takes bytes that are lent until it returns.
 *
 * @param source of a connection's bytes: asked, it may give them for good
 */
export type Take = (bytes: Uint8Array, source?: ByteSource) => void;

/** `[method]input-stream.read` as a core module imports it. */
export type ReadImport = (stream: number, length: bigint, result: number) => void;

/** The ways past one core. */
export class Direct {
  readonly #bypass: Bypass;
  #take: Take | undefined;

  /** @param bypass of the core's imports */
  constructor(bypass: Bypass) {
    this.#bypass = bypass;
  }

  /** Says where the core's window is. */
  set window(address: number) {
    this.#bypass.at = address;
  }

  /** Until {@link stop}, what the core reads goes to `take`. */
  readTo(take: Take): void {
    this.#take = take;
    this.#bypass.incoming = take;
  }

  /** Until {@link stop}, what the core writes of its window is taken from `bytes`. */
  writeFrom(bytes: Uint8Array): void {
    this.#bypass.outgoing = bytes;
  }

  /** Ends either. */
  stop(): void {
    this.#take = undefined;
    this.#bypass.incoming = undefined;
    this.#bypass.outgoing = undefined;
  }

  /**
   * Makes the import that reads from a connection, whose source is told to who takes the bytes.
   *
   * @param read the usual one
   * @param table the core's handles
   * @param view the core's memory, as it is now
   */
  reader(read: ReadImport, table: HandleTable, view: () => DataView): ReadImport {
    return (stream, length, result) => {
      const take = this.#take;
      const source = take === undefined ? undefined : (table.get(stream) as InputStream).source;
      // the usual way tells of an end, of an error, and that nothing is there
      if (source === undefined || take === undefined || source.available() === 0)
        return read(stream, length, result);
      const bytes = source.read(Number(length));
      take(bytes, source);
      // result<list<u8>, stream-error>: payload @4
      const memory = view();
      memory.setUint8(result, 0);
      memory.setUint32(result + 4, 0, true);
      memory.setUint32(result + 8, bytes.length, true);
    };
  }
}
