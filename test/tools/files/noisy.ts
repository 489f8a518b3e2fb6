/** A test file that writes to its standard error, without line breaks, around all that uvu writes. */
import { test } from "uvu";

/** Noise, and a pause in which the runner reads it before what uvu writes next. */
function noise(): void {
  process.stderr.write("noise");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
}

const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (text: string | Uint8Array): boolean => {
  noise();
  const result = write(text);
  noise();
  return result;
};

test("one", () => {});
test.skip("two", () => {});
test("three", () => {
  console.error("said in a line");
});

test.run();
