/**
 * Functions of `wasi:io` in a guest whose streams and pollables are partly somebody else's: `wasi:http` is
 * served by preview2-shim through jco's trampolines. Whose a handle is tells its number.
 */
import type { GuestMemory } from "./memory.ts";
import type { HandleTable } from "./table.ts";
import { type CoreFunction, trap } from "./webassembly.ts";

type Call = (a: unknown, b?: unknown, c?: unknown, d?: unknown) => unknown;

/** What the functions work with. */
export interface Shared {
  readonly memory: GuestMemory;
  readonly table: HandleTable;
  /** Our lowest handle: those below are foreign. */
  readonly first: number;
}

/**
 * Makes a function that goes where its handle belongs.
 *
 * @param where the import, e.g. `wasi:io/poll#poll`
 * @param own ours, not wrapped for suspending yet
 * @param theirs the one that jco made
 */
export function either(where: string, own: CoreFunction, theirs: CoreFunction, shared: Shared): CoreFunction {
  const { first } = shared;
  const ours = own as Call;
  const foreign = theirs as Call;
  if (where === "wasi:io/poll#poll") return eitherPoll(where, ours, foreign, shared);
  if (where.endsWith("splice")) {
    return (a: number, b: number, c: unknown, d: unknown) => {
      if (a < first !== b < first)
        throw trap(where, "a body of HTTP and a socket can't be spliced: read the one, and write the other");
      return a < first ? foreign(a, b, c, d) : ours(a, b, c, d);
    };
  }
  return (a: number, b: unknown, c: unknown, d: unknown) =>
    a < first ? foreign(a, b, c, d) : ours(a, b, c, d);
}

function eitherPoll(where: string, own: Call, theirs: Call, { memory, table, first }: Shared): CoreFunction {
  return (pointer: number, length: number, into: number) => {
    memory.claim(pointer >>> 0, 4 * length, 4, where);
    const handles = new Uint32Array(memory.bytes.buffer, pointer >>> 0, length);
    if (handles.every((handle) => handle >= first)) return own(pointer, length, into);
    if (handles.every((handle) => handle < first)) return theirs(pointer, length, into);
    // A foreign pollable can't be asked without blocking all of the process, and the guest finds out itself
    // whether it is ready: between such polls it spins.
    const ready = [...handles.keys()].filter((index) => {
      const handle = handles[index] as number;
      return handle < first || (table.get(handle, where) as { ready(): boolean }).ready();
    });
    const list = memory.allocate(4 * ready.length, 4, where);
    new Uint32Array(memory.bytes.buffer, list, ready.length).set(ready);
    memory.claim(into >>> 0, 8, 4, where);
    memory.view.setUint32(into >>> 0, list, true);
    memory.view.setUint32((into >>> 0) + 4, ready.length, true);
    return undefined;
  };
}
