/**
 * Memory that nobody can take away while the system writes to it.
 */
import { wasm } from "../runtime/webassembly.ts";

const PAGE = 65536;

/**
 * Makes a buffer whose ArrayBuffer can't be transferred.
 *
 * A view of such a buffer is lent to many, and libuv has nothing of it but its address: memory that `postMessage` or
 * `ArrayBuffer.prototype.transfer` could move away might be another's by the time it is read into. The memory of a
 * WebAssembly module can't be moved by anybody; where there is no room for one (its addresses are reserved by the
 * gigabyte), the buffer is at least marked for Node.
 *
 * @param size bytes
 */
export function steadyBuffer(size: number): Buffer {
  const pages = Math.ceil(size / PAGE);
  try {
    return Buffer.from(new wasm.Memory({ initial: pages, maximum: pages }).buffer as ArrayBuffer, 0, size);
  } catch {
    // no room, or no WebAssembly
  }
  const buffer = Buffer.allocUnsafeSlow(size);
  process.getBuiltinModule?.("node:worker_threads").markAsUntransferable(buffer.buffer);
  return buffer;
}
