// Ports: one direction of a connection, or of the program itself, buffered.

import { blockOn } from "../block";
import { EBADF, EINVAL } from "../errno";
import { SHUT_WR, Socket } from "../socket";
import { ReceiveOperation, SendOperation } from "../socket-operations";
import { decodeText, encodeText } from "../utf8";
import { errorMessage } from "./addresses";

const BUFFER_SIZE: i32 = 16384;
/** Before the bytes of an input buffer there is room for those that are put back: an end of a line, and a character. */
const HEADROOM: i32 = 8;
/** The most that one `read` makes room for. */
const READ_SIZE: i32 = 1 << 20;
/** No text is longer: AssemblyScript keeps two bytes for each of a line's. */
const LONGEST_LINE: i32 = 1 << 28;
const NEWLINE: u8 = 10;
const RETURN: u8 = 13;

/** Bytes that come in. */
export abstract class InputPort {
  private buffer: Uint8Array = new Uint8Array(HEADROOM + BUFFER_SIZE);
  private start: i32 = 0;
  private end: i32 = 0;
  private ended: bool = false;
  /** The negative number of the error that ended the input; 0 for none. */
  error: i32 = 0;

  /** Waits for bytes and puts at most `size` of them at `at`: their number, 0 at the end, or negative. */
  protected abstract pull(at: usize, size: i32): i32;

  // fills a region with what is there; 0 at the end
  private fillRegion(at: usize, size: i32): i32 {
    if (this.ended) return 0;
    const result = this.pull(at, size);
    if (result > 0) return result;
    this.ended = true;
    this.error = result;
    return 0;
  }

  // fills the buffer with what is there; false at the end
  private fill(): bool {
    const count = this.fillRegion(this.buffer.dataStart + HEADROOM, BUFFER_SIZE);
    this.start = HEADROOM;
    this.end = HEADROOM + count;
    return count > 0;
  }

  /** At most `n` bytes, as soon as some are there; none at the end. */
  read(n: i32): Uint8Array {
    if (n <= 0) return new Uint8Array(0);
    if (this.start == this.end) {
      if (n >= BUFFER_SIZE) {
        const bytes = new Uint8Array(min(n, READ_SIZE));
        return bytes.subarray(0, this.fillRegion(bytes.dataStart, bytes.length));
      }
      this.fill();
    }
    const count = min(n, this.end - this.start);
    const bytes = this.buffer.slice(this.start, this.start + count);
    this.start += count;
    return bytes;
  }

  /**
   * A line as UTF-8 without its end (LF or CR LF); null at the end. A line of over `limit` bytes comes in pieces of
   * that size, or up to three bytes less where a character would be cut. A limit below 1 gives null, and leaves the
   * input as it is but for `error`, which is -EINVAL then.
   */
  readLine(limit: i32 = 65536): string | null {
    if (limit < 1) {
      this.error = -EINVAL;
      return null;
    }
    const most = min(limit, LONGEST_LINE);
    let line = new ArrayBuffer(0);
    let length = 0;
    while (this.start < this.end || this.fill()) {
      // the end of a line may stand right behind its limit
      const from = this.buffer.dataStart + this.start;
      const room = min(this.end - this.start, most + 2 - length);
      const count = lineLength(from, room);
      const ends = count < room && length + count - i32(endsInReturn(from, count, line, length)) <= most;
      this.start += count + i32(ends);
      if (ends && !length) return text(from, count);
      line = append(line, length, from, count);
      length += count;
      if (ends) return text(changetype<usize>(line), length);
      if (length > most + 1 || (length > most && !endsInReturn(0, 0, line, length))) {
        const cut = wholeCharacters(changetype<usize>(line), most);
        this.putBack(changetype<usize>(line) + cut, length - cut);
        return decodeText(changetype<usize>(line), cut);
      }
    }
    return length ? text(changetype<usize>(line), length) : null;
  }

  // makes the last bytes that were taken the next ones again
  private putBack(from: usize, count: i32): void {
    this.start -= count;
    memory.copy(this.buffer.dataStart + this.start, from, count);
  }

  /** Everything up to the end. */
  readAll(): Uint8Array {
    let all = new ArrayBuffer(0);
    let length = 0;
    while (this.start < this.end || this.fill()) {
      const count = this.end - this.start;
      all = append(all, length, this.buffer.dataStart + this.start, count);
      length += count;
      this.start = this.end;
    }
    return Uint8Array.wrap(all, 0, length);
  }

  /** Gives up the input. */
  close(): void {
    this.ended = true;
    this.start = this.end = 0;
  }

  /** What went wrong, as text. */
  errorText(): string {
    return errorMessage(this.error);
  }
}

// the number of bytes before the first line feed
function lineLength(from: usize, length: i32): i32 {
  let count = 0;
  while (count < length && load<u8>(from + count) != NEWLINE) count++;
  return count;
}

// whether the last of what was kept of a line and what comes behind it is a carriage return
function endsInReturn(from: usize, count: i32, line: ArrayBuffer, length: i32): bool {
  if (count) return load<u8>(from + count - 1) == RETURN;
  return length > 0 && load<u8>(changetype<usize>(line) + length - 1) == RETURN;
}

// a line without the carriage return at its end
function text(from: usize, length: i32): string {
  const cut = length > 0 && load<u8>(from + length - 1) == RETURN;
  return decodeText(from, length - i32(cut));
}

// how many of the first `length` bytes, and more follow, are whole characters; all of them where none is
function wholeCharacters(from: usize, length: i32): i32 {
  let cut = length;
  while (cut > length - 4 && cut > 0 && (load<u8>(from + cut) & 0xc0) == 0x80) cut--;
  return cut == 0 || (load<u8>(from + cut) & 0xc0) == 0x80 ? length : cut;
}

// appends to the first `length` bytes of a buffer, which grows by doubling
function append(to: ArrayBuffer, length: i32, from: usize, count: i32): ArrayBuffer {
  let target = to;
  if (length + count > to.byteLength) {
    target = new ArrayBuffer(max(to.byteLength * 2, length + count));
    memory.copy(changetype<usize>(target), changetype<usize>(to), length);
  }
  memory.copy(changetype<usize>(target) + length, from, count);
  return target;
}

/** Bytes that go out; few of them are kept until `flush`, `close` or a full buffer. */
export abstract class OutputPort {
  private buffer: Uint8Array = new Uint8Array(BUFFER_SIZE);
  private held: i32 = 0;
  private closed: bool = false;
  /** The negative number of the error that ended the output; 0 for none. */
  error: i32 = 0;

  /** Sends all of a region: a negative number when that failed. */
  protected abstract push(at: usize, length: i32): i32;
  /** Tells the other side that nothing more comes; whether that worked. */
  protected abstract end(): bool;

  private sendAll(at: usize, length: i32): bool {
    if (this.error) return false;
    this.error = min(this.push(at, length), 0);
    return this.error == 0;
  }

  /** Writes bytes; whether the output is still good. */
  write(bytes: Uint8Array): bool {
    return this.writeRegion(bytes.dataStart, bytes.length);
  }

  /** Writes a text in UTF-8. */
  writeString(text: string): bool {
    const encoded = encodeText(text);
    return this.writeRegion(changetype<usize>(encoded), encoded.byteLength);
  }

  private writeRegion(at: usize, length: i32): bool {
    if (this.closed && !this.error) this.error = -EBADF;
    if (this.error) return false;
    if (this.held + length > BUFFER_SIZE && !this.flush()) return false;
    if (length >= BUFFER_SIZE) return this.sendAll(at, length);
    memory.copy(this.buffer.dataStart + this.held, at, length);
    this.held += length;
    return true;
  }

  /** Sends what is kept. */
  flush(): bool {
    const length = this.held;
    this.held = 0;
    return length ? this.sendAll(this.buffer.dataStart, length) : this.error == 0;
  }

  /** Sends what is kept and ends the output: a connection is half-closed, and can still be read from. */
  close(): bool {
    if (this.closed) return this.error == 0;
    const sent = this.flush();
    this.closed = true;
    return this.end() && sent;
  }

  /** What went wrong, as text. */
  errorText(): string {
    return errorMessage(this.error);
  }
}

/** What comes from the peer of a connection. */
// @ts-ignore: decorator
@final
export class SocketInput extends InputPort {
  constructor(public socket: Socket) {
    super();
  }
  protected pull(at: usize, size: i32): i32 {
    return blockOn(new ReceiveOperation(this.socket, size, 0, false, -1), at, size);
  }
}

/** What goes to the peer of a connection. */
// @ts-ignore: decorator
@final
export class SocketOutput extends OutputPort {
  constructor(public socket: Socket) {
    super();
  }
  protected push(at: usize, length: i32): i32 {
    return blockOn(new SendOperation(this.socket, length, 0, null, -1), at, length);
  }
  protected end(): bool {
    return this.socket.shutdown(SHUT_WR) == 0;
  }
}
