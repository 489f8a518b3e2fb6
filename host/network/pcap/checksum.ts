/** The checksum of the Internet (RFC 1071). */

/** Whether the machine has the low byte of a number first. */
const IS_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const NO_WORDS = new Uint32Array(0);

/** Folds a sum of words of 16 bits, or of 32. */
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
  const view = words === 0 ? NO_WORDS : new Uint32Array(buffer, byteOffset + head, words);
  // words of 32 bits may be added as they are: what is carried beyond 16 bits is folded in the end (RFC 1071, 2).
  // In two sums, neither of which waits for the other; as numbers of 53 bits they have room for 8 MiB.
  let even = 0;
  let odd = 0;
  let i = 0;
  for (; i + 4 <= words; i += 4) {
    even += (view[i] as number) + (view[i + 1] as number);
    odd += (view[i + 2] as number) + (view[i + 3] as number);
  }
  for (; i < words; i++) even += view[i] as number;
  const native = fold(even + odd);
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
