/** A test file with a test that never gives the event loop back. */
import { suite } from "uvu";

const test = suite("blocked");

test("this runs for ever", () => {
  for (;;);
});

test.run();
