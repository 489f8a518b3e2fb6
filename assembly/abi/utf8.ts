// Text and its bytes, by the Encoding Standard: what is malformed becomes U+FFFD, in either direction. AssemblyScript's
// own `String.UTF8` lets lone surrogates through, at which a host traps, and reads malformed bytes as other characters.

const REPLACEMENT: u32 = 0xfffd;

/** The bytes of a text. */
export function encodeText(text: string): ArrayBuffer {
  return String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE);
}

/** Writes the bytes of a text, `String.UTF8.byteLength(text)` of them: U+FFFD takes as many as a lone surrogate. */
export function encodeTextTo(to: usize, text: string): void {
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, to, false, String.UTF8.ErrorMode.REPLACE);
}

/** The text of bytes; a U+FEFF at its start stays. */
export function decodeText(from: usize, length: usize): string {
  const end = from + length;
  const text = __new(length << 1, idof<string>()); // no byte makes more than one unit
  let to = text;
  while (from < end) {
    let code = <u32>load<u8>(from++);
    if (code >= 0x80) {
      let more = 0;
      // only of the second byte is less than 80..bf allowed: overlong forms, surrogates, beyond U+10FFFF
      let low: u32 = 0x80;
      let high: u32 = 0xbf;
      if (code >= 0xf0) {
        more = 3;
        if (code == 0xf0) low = 0x90;
        if (code == 0xf4) high = 0x8f;
        code = code > 0xf4 ? REPLACEMENT : code & 7;
      } else if (code >= 0xe0) {
        more = 2;
        if (code == 0xe0) low = 0xa0;
        if (code == 0xed) high = 0x9f;
        code &= 15;
      } else {
        more = 1;
        code = code < 0xc2 ? REPLACEMENT : code & 31;
      }
      while (more && code != REPLACEMENT) {
        const next = from < end ? <u32>load<u8>(from) : 0;
        if (next < low || next > high) {
          code = REPLACEMENT;
          break;
        }
        low = 0x80;
        high = 0xbf;
        code = (code << 6) | (next & 63);
        from++;
        more--;
      }
      if (code > 0xffff) {
        store<u16>(to, 0xd7c0 + (code >> 10));
        code = 0xdc00 | (code & 0x3ff);
        to += 2;
      }
    }
    store<u16>(to, code);
    to += 2;
  }
  return changetype<string>(__renew(text, to - text));
}
