import { asTrap } from "../io/trap.ts";
import { trap, type WasmExports, type WasmMemory, wasm } from "./webassembly.ts";

/**
 * A zero-copy window: loads and stores go to the embedder's buffers, and the guest sees lengths only. That spares the
 * copy into its memory and out of it.
 */
export class Bypass {
  /** What the guest lends from {@link at} on. */
  outgoing: Uint8Array | undefined = undefined;
  /** The address in the guest's memory that the first of {@link outgoing}, and of what comes in, seems to have. */
  at = 0;
  /** How long the place is that begins there: no other bytes are taken from it meanwhile. */
  size = 0;
  /** Takes what the guest would be given; the bytes are lent. */
  incoming: ((bytes: Uint8Array) => void) | undefined = undefined;
}

type Realloc = (oldPointer: number, oldSize: number, align: number, size: number) => number;

/** A list that is made into objects takes many times its size: no more items than this are taken. */
const MOST_ITEMS = 2 ** 18;

/**
 * The linear memory of the calling instance and its `cabi_realloc`.
 *
 * The views are kept across calls. Growing a memory detaches the buffer of every view of it, which shows
 * as a length of 0, so one comparison tells whether they are still good.
 */
export class GuestMemory {
  /** The memory's bytes; good after {@link refresh} until the guest runs. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The same memory as numbers; good as long as {@link bytes}. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Bytes that go past this memory; only where the guest is the embedder's own. */
  readonly bypass: Bypass = new Bypass();
  #memory: WasmMemory | undefined;
  #realloc: Realloc | undefined;

  /**
   * Takes `memory` and `cabi_realloc` from an instance's exports.
   *
   * @param isShared whether it may be shared: with a thread that stands still while the host looks into it
   * @throws Error when there is no such memory, when it is shared otherwise, or when called a second time
   */
  attach(exports: WasmExports, isShared = false): void {
    if (this.#memory !== undefined) throw new Error("attach: these imports already serve an instance");
    const { memory, cabi_realloc: realloc } = exports;
    if (!(memory instanceof wasm.Memory))
      throw new Error('attach: the instance exports no memory named "memory"');
    if (!(memory.buffer instanceof ArrayBuffer) && !isShared)
      throw new Error("attach: a shared memory can't be served");
    if (realloc !== undefined && typeof realloc !== "function") {
      throw new Error('attach: the export "cabi_realloc" is not a function');
    }
    this.#memory = memory;
    this.#realloc = realloc as Realloc | undefined;
    this.#renew("attach");
  }

  /** Whether there is one. */
  get isThere(): boolean {
    return this.#memory !== undefined;
  }

  /** Whether it is the same memory as another's. */
  isOf(other: GuestMemory): boolean {
    return this.#memory === other.#memory;
  }

  /** Makes the views good again after the guest, or anything else, may have run. */
  refresh(where: string): void {
    if (this.bytes.length === 0) this.#renew(where);
  }

  /**
   * Makes the views good and checks that a value may lie at `pointer`.
   *
   * @param pointer an address that the guest gave, unsigned
   * @param size bytes
   * @param align bytes, a power of two
   * @param where the function that the guest called
   * @throws a trap when the value would be misaligned or out of the memory's bounds
   */
  claim(pointer: number, size: number, align: number, where: string): void {
    this.refresh(where);
    // a shared one that has grown leaves its views as they are
    if (pointer + size > this.bytes.length && this.#memory?.buffer instanceof SharedArrayBuffer) {
      this.#memory.grow?.(0);
      this.#renew(where);
    }
    if ((pointer & (align - 1)) !== 0 || pointer + size > this.bytes.length) {
      const place = `${size} bytes, aligned to ${align}, at 0x${pointer.toString(16)}`;
      throw trap(where, `${place} are not within the memory of ${this.bytes.length} bytes`);
    }
  }

  /**
   * As {@link claim}, for a list whose items become objects of the host.
   *
   * @param count how many items
   * @param size bytes of one
   * @throws a trap as `claim` does, and when there are so many that the host's memory would suffer
   */
  claimList(pointer: number, count: number, size: number, align: number, where: string): void {
    this.claim(pointer, count * size, align, where);
    if (count > MOST_ITEMS) throw trap(where, `a list of ${count} items; at most ${MOST_ITEMS} are taken`);
  }

  /**
   * Lends bytes of the guest: a view, good until the guest runs.
   *
   * @param pointer where they lie, as the guest gave it, unsigned
   * @param size how many
   * @param where the function that the guest called
   * @throws a trap when they are out of the memory's bounds
   */
  lend(pointer: number, size: number, where: string): Uint8Array {
    const { outgoing, at, size: room } = this.bypass;
    if (outgoing !== undefined && pointer >= at && pointer < at + room) {
      const start = pointer - at;
      // what stands in the guest's memory there is something else, and must not be sent instead
      if (start + size > outgoing.length) {
        throw trap(where, `of ${start + size} bytes that are lent ${outgoing.length} are left`);
      }
      return size === outgoing.length ? outgoing : outgoing.subarray(start, start + size);
    }
    this.claim(pointer, size, 1, where);
    return new Uint8Array(this.bytes.buffer, pointer, size);
  }

  /**
   * Asks the guest for memory; the views are good afterwards.
   *
   * @param size bytes; 0 is asked for as well, as the canonical ABI has it
   * @param align bytes, a power of two
   * @param where the function that the guest called
   * @returns where the memory is
   * @throws a trap when the guest exports no `cabi_realloc`, or gives memory that can't hold `size` bytes
   */
  allocate(size: number, align: number, where: string): number {
    const realloc = this.#realloc;
    if (realloc === undefined)
      throw trap(where, 'the instance exports no "cabi_realloc", so it can get no list');
    let pointer: number;
    try {
      pointer = realloc(0, 0, align, size) >>> 0;
    } catch (error) {
      // an exception of the guest's may not leave through the host: where it would be caught, the call is lost
      throw asTrap(error, where);
    }
    this.claim(pointer, size, align, where);
    return pointer;
  }

  /**
   * Gives the guest bytes.
   *
   * @param bytes are copied; where they go past the guest it is asked for no memory
   * @param where the function that the guest called
   * @returns where they are, or seem to be
   * @throws a trap as {@link allocate}
   */
  give(bytes: Uint8Array, where: string): number {
    const { incoming, at } = this.bypass;
    if (incoming !== undefined) {
      if (bytes.length > 0) incoming(bytes);
      return at;
    }
    const pointer = this.allocate(bytes.length, 1, where);
    if (bytes.length > 0) this.bytes.set(bytes, pointer);
    return pointer;
  }

  #renew(where: string): void {
    if (this.#memory === undefined) throw trap(where, "called before attach() gave the instance's memory");
    const buffer = this.#memory.buffer as ArrayBuffer;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }
}
