/** A test file that leaves something open. */
import { test } from "uvu";

test("this leaves a timer behind", () => {
  setInterval(() => {}, 1000);
});

test.run();
