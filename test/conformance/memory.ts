/** What the process uses, garbage left out. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Heap and buffers, in bytes; not the code of modules, of which V8 makes more when it sees fit. */
export function usedMemory(): number {
  // What the first finds is freed by another thread, for which the second waits.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
