/** A test file of which one test fails. */
import { test } from "uvu";
import * as assert from "uvu/assert";

test("this passes", () => {});

test("this fails", () => {
  assert.is(1, 2);
});

test.run();
