/** How much may be written where somebody else decides how much there is to say. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteRate } from "../../host/io/rate.ts";

test("four seconds' worth at once, all or none of it, and then as time goes by", () => {
  const rate = new ByteRate(1_000_000);
  assert.is(rate.room(), 4_000_000);
  assert.is(rate.take(4_000_001), false);
  assert.is(rate.take(4_000_000), true);
  assert.is(rate.take(3_000_000), false);
  const before = process.hrtime.bigint();
  while (process.hrtime.bigint() - before < 2_000_000n) {
    // the clock goes on, by two milliseconds
  }
  const room = rate.room();
  assert.ok(room >= 2000, `${room} after two milliseconds`);
  assert.ok(room < 3_000_000, `${room} after two milliseconds`);
  assert.is(rate.take(2000), true);
});

test("nothing at all", () => {
  const rate = new ByteRate(0);
  assert.is(rate.take(1), false);
  assert.is(rate.take(0), true);
});

test.run();
