/**
 * Bytes of the network that go past the core.
 *
 * The core decides how many bytes a call moves and what that means; where they lie is nothing to it. What it asks
 * of `input-stream.read` would be copied into its memory and from there to the caller's. While a call of the
 * library says where its bytes are wanted, the import gives them there, and the core only their number.
 */
import type { ByteSource, InputStream } from "../host/io/streams.ts";
import type { HandleTable } from "../host/lowered/index.ts";

/**
 * Takes bytes that are lent until it returns.
 *
 * @param source asked, it may give them for good; without one they are the core's
 */
export type Take = (bytes: Uint8Array, source?: ByteSource) => void;

/** Who takes what is read. */
let taker: Take | undefined;

/** Runs the core with all bytes that it reads from connections going to `take`. */
export function readingTo(
  take: Take,
  object: number,
  size: number,
  call: (object: number, size: number) => number,
): number {
  taker = take;
  try {
    return call(object, size);
  } finally {
    taker = undefined;
  }
}

/** `[method]input-stream.read` as a core module imports it. */
export type ReadImport = (stream: number, length: bigint, result: number) => void;

/**
 * Makes the import.
 *
 * @param read the one that copies into the core's memory
 * @param table the core's handles
 * @param view the core's memory, as it is now
 */
export function directRead(read: ReadImport, table: HandleTable, view: () => DataView): ReadImport {
  return (stream, length, result) => {
    const source = taker === undefined ? undefined : (table.get(stream) as InputStream).source;
    // the usual way tells of an end, of an error, and that nothing is there
    if (source === undefined || taker === undefined || source.available() === 0)
      return read(stream, length, result);
    const bytes = source.read(Number(length));
    taker(bytes, source);
    // result<list<u8>, stream-error>: payload @4
    const memory = view();
    memory.setUint8(result, 0);
    memory.setUint32(result + 4, 0, true);
    memory.setUint32(result + 8, bytes.length, true);
  };
}
