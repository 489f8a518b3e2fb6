/** The buffer that all connections of a host are read through: nobody can take its memory away. */
import { MessageChannel } from "node:worker_threads";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { steadyBuffer } from "../../host/io/steady-buffer.ts";

type Transferable = ArrayBuffer & { transfer?: () => ArrayBuffer };

test("a steady buffer has its size, and can't be transferred in any way", () => {
  for (const size of [1, 65536, 100_000]) {
    const bytes = steadyBuffer(size).fill(7);
    assert.is(bytes.length, size);
    const buffer = bytes.buffer as Transferable;
    const { port1, port2 } = new MessageChannel();
    const ways = [
      () => structuredClone(bytes, { transfer: [buffer] }),
      () => port1.postMessage(bytes, [buffer]),
      () => buffer.transfer?.(),
    ];
    for (const way of ways) {
      try {
        way();
      } catch {
        // most refuse, some copy
      }
      assert.is(bytes.length, size);
      assert.is(bytes[size - 1], 7);
    }
    port1.close();
    port2.close();
  }
});

test.run();
