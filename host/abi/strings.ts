/**
 * Strings in the three encodings that a guest can ask for.
 *
 * Source: the component model's `CanonicalABI.md`, "Loading" and "Storing" of strings.
 */
import type { ValueScope } from "./scope.ts";
import { trap } from "./webassembly.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder("utf-16le", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Of `latin1+utf16`: set in the length of a string that is UTF-16. */
const UTF16_TAG = 0x8000_0000;

/** More than any path or name may have, in bytes or in units of UTF-16: longer ones are refused by their length. */
const LONGEST_TEXT = 16 * 1024;

/**
 * A string for a function of the host's own, whose strings are paths and names. Of what is too long for either only as much is
 * decoded as it takes to see that: a guest can name hundreds of megabytes.
 *
 * @param pointer where it lies, as wasm passes it
 * @param length as its encoding counts it
 */
export function liftText(scope: ValueScope, pointer: number, length: number): string {
  const { memory, where, encoding = "utf8" } = scope;
  const isTagged = encoding === "latin1+utf16" && length >>> 0 >= UTF16_TAG;
  const units = isTagged ? (length >>> 0) - UTF16_TAG : length >>> 0;
  if (units <= LONGEST_TEXT) return liftString(scope, pointer, length);
  const start = pointer >>> 0;
  const size = isTagged || encoding === "utf16" ? 2 * units : units;
  memory.claim(start, size, encoding === "utf8" ? 1 : 2, where);
  return Buffer.from(memory.bytes.buffer, start, LONGEST_TEXT).toString("latin1");
}

/**
 * A string of the guest's.
 *
 * @param pointer where it lies, as wasm passes it
 * @param length as its encoding counts it
 */
export function liftString(scope: ValueScope, pointer: number, length: number): string {
  const { memory, where, encoding = "utf8", weigh } = scope;
  const start = pointer >>> 0;
  const size = length >>> 0;
  if (encoding === "utf8") return decode(scope, utf8, memory.lend(start, size, where), start, "UTF-8");
  if (encoding === "utf16") return wide(scope, start, size);
  if (size >= UTF16_TAG) return wide(scope, start, size - UTF16_TAG);
  memory.claim(start, size, 2, where);
  weigh?.(size);
  return Buffer.from(memory.bytes.buffer, start, size).toString("latin1");
}

function wide(scope: ValueScope, start: number, units: number): string {
  const { memory, where } = scope;
  memory.claim(start, 2 * units, 2, where);
  return decode(scope, utf16, new Uint8Array(memory.bytes.buffer, start, 2 * units), start, "UTF-16");
}

function decode(
  { where, weigh }: ValueScope,
  decoder: TextDecoder,
  bytes: Uint8Array,
  start: number,
  name: string,
): string {
  weigh?.(bytes.length);
  try {
    // not every runtime's decoder takes shared memory
    return decoder.decode(bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice());
  } catch (cause) {
    throw trap(where, `the ${bytes.length} bytes of a string at 0x${start.toString(16)} are not ${name}`, {
      cause,
    });
  }
}

/** Puts a string into the guest's memory: gives where it is, and its length as the encoding counts it. */
export function lowerString(scope: ValueScope, value: string): readonly [start: number, length: number] {
  const { memory, where, encoding = "utf8" } = scope;
  if (encoding === "utf8") {
    const bytes = encoder.encode(value);
    const start = memory.allocate(bytes.length, 1, where);
    memory.bytes.set(bytes, start);
    return [start, bytes.length];
  }
  const isNarrow = encoding !== "utf16" && isLatin1(value);
  const bytes = Buffer.from(isNarrow ? value : wellFormed(value), isNarrow ? "latin1" : "utf16le");
  const start = memory.allocate(bytes.length, 2, where);
  memory.bytes.set(bytes, start);
  if (isNarrow) return [start, value.length];
  return [start, encoding === "utf16" ? value.length : (value.length | UTF16_TAG) >>> 0];
}

function isLatin1(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 0xff) return false;
  return true;
}

/** A lone surrogate is no character. */
function wellFormed(value: string): string {
  return value.replace(/\p{Cs}/gu, "\ufffd");
}
