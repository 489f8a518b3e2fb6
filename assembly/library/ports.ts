// Ports: a connection's two directions, buffered.

import { blockOn } from "../block";
import { SHUT_WR, Socket } from "../socket";
import { ReceiveOperation, SendOperation } from "../socket-operations";
import { errorMessage } from "./addresses";

const BUFFER_SIZE: i32 = 16384;
const NEWLINE: u8 = 10;
const RETURN: u8 = 13;

/** The bytes that come from the peer. */
// @ts-ignore: decorator
@final
export class InputPort {
  private buffer: Uint8Array = new Uint8Array(BUFFER_SIZE);
  private start: i32 = 0;
  private end: i32 = 0;
  private ended: bool = false;
  /** The negative number of the error that ended the input; 0 for none. */
  error: i32 = 0;

  constructor(public socket: Socket) {}

  // fills the buffer with what is there; false at the end
  private fill(): bool {
    if (this.ended) return false;
    const at = this.buffer.dataStart;
    const result = blockOn(new ReceiveOperation(this.socket, BUFFER_SIZE, 0, false, -1), at, BUFFER_SIZE);
    this.start = 0;
    this.end = max(result, 0);
    if (result > 0) return true;
    this.ended = true;
    this.error = min(result, 0);
    return false;
  }

  /** At most `n` bytes, as soon as some are there; none at the end. */
  read(n: i32): Uint8Array {
    if (n > 0 && this.start == this.end) this.fill();
    const count = min(n, this.end - this.start);
    const bytes = this.buffer.slice(this.start, this.start + count);
    this.start += count;
    return bytes;
  }

  /** A line without its end (LF or CR LF); null at the end. Lines longer than `limit` bytes are cut there. */
  readLine(limit: i32 = 65536): string | null {
    const line = new Array<u8>();
    while (true) {
      if (this.start == this.end && !this.fill()) {
        if (!line.length) return null;
        break;
      }
      const byte = unchecked(this.buffer[this.start]);
      if (byte != NEWLINE && line.length == limit) break;
      this.start++;
      if (byte == NEWLINE) break;
      line.push(byte);
    }
    let length = line.length;
    if (length && line[length - 1] == RETURN) length--;
    return String.UTF8.decodeUnsafe(line.dataStart, length);
  }

  /** Everything up to the end. */
  readAll(): Uint8Array {
    let all = new Uint8Array(BUFFER_SIZE);
    let length = 0;
    while (this.start < this.end || this.fill()) {
      const count = this.end - this.start;
      if (length + count > all.length) {
        const larger = new Uint8Array(max(all.length * 2, length + count));
        larger.set(all);
        all = larger;
      }
      memory.copy(all.dataStart + length, this.buffer.dataStart + this.start, count);
      length += count;
      this.start = this.end;
    }
    return all.subarray(0, length);
  }

  /** Gives up the input. */
  close(): void {
    this.ended = true;
    this.start = this.end = 0;
  }
}

/** The bytes that go to the peer; small ones are kept until `flush`, `close` or a full buffer. */
// @ts-ignore: decorator
@final
export class OutputPort {
  private buffer: Uint8Array = new Uint8Array(BUFFER_SIZE);
  private held: i32 = 0;
  private closed: bool = false;
  /** The negative number of the error that ended the output; 0 for none. */
  error: i32 = 0;

  constructor(public socket: Socket) {}

  private sendAll(at: usize, length: i32): bool {
    if (this.error) return false;
    const result = blockOn(new SendOperation(this.socket, length, 0, null, -1), at, length);
    if (result < 0) this.error = result;
    return this.error == 0;
  }

  /** Writes bytes; whether the output is still good. */
  write(bytes: Uint8Array): bool {
    return this.writeRegion(bytes.dataStart, bytes.length);
  }

  /** Writes a text in UTF-8. */
  writeString(text: string): bool {
    const encoded = String.UTF8.encode(text);
    return this.writeRegion(changetype<usize>(encoded), encoded.byteLength);
  }

  private writeRegion(at: usize, length: i32): bool {
    if (this.closed) return false;
    if (this.held + length > BUFFER_SIZE && !this.flush()) return false;
    if (length >= BUFFER_SIZE) return this.sendAll(at, length);
    memory.copy(this.buffer.dataStart + this.held, at, length);
    this.held += length;
    return this.error == 0;
  }

  /** Sends what is kept. */
  flush(): bool {
    const length = this.held;
    this.held = 0;
    return length ? this.sendAll(this.buffer.dataStart, length) : this.error == 0;
  }

  /** Sends what is kept and half-closes: the peer reads end of stream, and can still be read from. */
  close(): bool {
    if (this.closed) return this.error == 0;
    const sent = this.flush();
    this.closed = true;
    return this.socket.shutdown(SHUT_WR) == 0 && sent;
  }

  /** What went wrong, as text. */
  errorText(): string {
    return errorMessage(this.error);
  }
}
