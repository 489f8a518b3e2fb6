/** The checksum of the Internet (RFC 1071). */

/** Whether the machine has the low byte of a number first. */
const IS_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const NO_WORDS = new Uint32Array(0);

/** Folds a sum of words of 16 bits. */
function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return folded;
}

function swapped(word: number): number {
  return ((word & 0xff) << 8) | (word >>> 8);
}

/**
 * The sum of bytes as words of 16 bits, the high byte first; an odd one at the end is a high one.
 *
 * @returns folded, and not inverted
 */
export function sumOf(bytes: Uint8Array): number {
  const { buffer, byteOffset, length } = bytes;
  // up to where words of 32 bits can be read at once
  const head = Math.min(length, (4 - (byteOffset & 3)) & 3);
  const words = (length - head) >>> 2;
  let low = 0;
  let high = 0;
  const view = words === 0 ? NO_WORDS : new Uint32Array(buffer, byteOffset + head, words);
  let i = 0;
  for (; i + 4 <= words; i += 4) {
    const a = view[i] as number;
    const b = view[i + 1] as number;
    const c = view[i + 2] as number;
    const d = view[i + 3] as number;
    low += (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff);
    high += (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16);
  }
  for (; i < words; i++) {
    const word = view[i] as number;
    low += word & 0xffff;
    high += word >>> 16;
  }
  const native = fold(low + high);
  let sum = IS_LITTLE ? swapped(native) : native;
  // behind an odd number of bytes high and low have changed places
  if ((head & 1) === 1) sum = swapped(sum);
  for (let at = 0; at < head; at++) sum += (bytes[at] as number) << (at & 1 ? 0 : 8);
  for (let at = head + words * 4; at < length; at++) sum += (bytes[at] as number) << (at & 1 ? 0 : 8);
  return fold(sum);
}

/** The checksum of sums: folded, and inverted. */
export function checksumOf(sum: number): number {
  return ~fold(sum) & 0xffff;
}
