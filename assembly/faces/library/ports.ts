// Ports: one direction of a connection, or of the program itself, buffered.

import { blockOn } from "../../drivers/block";
import { EBADF, EINVAL } from "../../error/errno";
import { SHUT_WR, Socket } from "../../socket/socket";
import { ReceiveOperation, SendOperation } from "../../operation/socket-operations";
import { decodeText, encodeText } from "../../abi/utf8";

const BUFFER_SIZE: i32 = 16384;
/** Before the bytes of an input buffer there is room for those that are put back: the beginning of a character. */
const HEADROOM: i32 = 4;
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
  // whether a piece of a line was given, so that an end of it may come
  private inLine: bool = false;
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
    this.inLine = false;
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
   * that size, or up to three bytes less where a character would be cut (a limit below 4 may cut it); a piece comes as
   * soon as its bytes are there, and an end of the line right behind it makes no empty one. A limit below 1 gives
   * null, and leaves the input as it is but for `error`, which is -EINVAL then.
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
      // behind a CR at the limit a LF may stand
      const room = min(this.end - this.start, (length < most ? most : most + 1) - length);
      const from = this.buffer.dataStart + this.start;
      const count = lineLength(from, room);
      const ends = count < room;
      this.start += count + i32(ends);
      if (ends && !length && count > 1) return this.line(from, count);
      line = append(line, length, from, count);
      length += count;
      const isBare = !length || (length == 1 && load<u8>(changetype<usize>(line)) == RETURN);
      if (ends && isBare && this.inLine) {
        this.inLine = false;
        length = 0;
      } else if (ends) {
        return this.line(changetype<usize>(line), length);
      } else if (length > most || (length == most && !endsInReturn(changetype<usize>(line), length))) {
        const cut = length > most ? most : wholeCharacters(changetype<usize>(line), length);
        this.putBack(changetype<usize>(line) + cut, length - cut);
        this.inLine = true;
        return decodeText(changetype<usize>(line), cut);
      }
    }
    const isRest = length > 1 || (length == 1 && !(this.inLine && endsInReturn(changetype<usize>(line), 1)));
    return isRest ? this.line(changetype<usize>(line), length) : null;
  }

  // a line without the carriage return at its end
  private line(from: usize, length: i32): string {
    this.inLine = false;
    return decodeText(from, length - i32(endsInReturn(from, length)));
  }

  // makes the last bytes that were taken the next ones again
  private putBack(from: usize, count: i32): void {
    this.start -= count;
    memory.copy(this.buffer.dataStart + this.start, from, count);
  }

  /** Everything up to the end. */
  readAll(): Uint8Array {
    this.inLine = false;
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

// whether bytes end in a carriage return
function endsInReturn(from: usize, length: i32): bool {
  return length > 0 && load<u8>(from + length - 1) == RETURN;
}

// how many of `length` bytes are there without the beginning of a character at their end; all where that is the whole
function wholeCharacters(from: usize, length: i32): i32 {
  for (let count = 1; count <= min(length - 1, 3); count++) {
    const byte = load<u8>(from + length - count);
    if ((byte & 0xc0) == 0x80) continue;
    const wanted = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return wanted > count ? length - count : length;
  }
  return length;
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
