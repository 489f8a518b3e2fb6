/** Rules of faults in words: what each is, and what is told of one that is none. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseFault } from "../../host/network/faults/grammar.ts";

test("each word sets what it says, in its unit", () => {
  for (const [text, rule] of [
    ["latency=50ms jitter=20ms to 127.0.0.1:5432", { latency: 50, jitter: 20, to: "127.0.0.1:5432" }],
    ["  latency=1.5s   to=[::1]:53 udp ", { latency: 1500, to: "[::1]:53", protocol: "udp" }],
    ["bandwidth=64KiB/s up", { bandwidth: 65_536, direction: "up" }],
    ["timeout=2m", { timeout: 120_000 }],
    ["timeout tcp", { timeout: 0, protocol: "tcp" }],
    ["slow-close=1h down", { slowClose: 3_600_000, direction: "down" }],
    ["slice=64B variation=16B delay=500us", { slice: 64, sliceVariation: 16, sliceDelay: 0.5 }],
    ["limit-data=1GiB", { limitData: 2 ** 30 }],
    ["reset after=1MiB", { resetAfter: 2 ** 20 }],
    ["reset after=3s", { resetIn: 3000 }],
    ["reset to *.example.com:443", { resetIn: 0, to: "*.example.com:443" }],
    ["partition from=2s for=5s", { partition: { from: 2000, for: 5000 } }],
    ["partition to tcp://10.0.0.0/8", { partition: {}, to: "tcp://10.0.0.0/8" }],
    ["loss=10% duplicate=0.05 reorder=100%", { loss: 0.1, duplicate: 0.05, reorder: 1 }],
    ["refuse", { refuse: 1 }],
    ["refuse=50% toxicity=0.5", { refuse: 0.5, toxicity: 0.5 }],
  ] as const) {
    assert.equal(parseFault(text), rule, text);
  }
});

test("what is wrong is named, with the word that was probably meant", () => {
  for (const [text, message] of [
    ["latancy=50ms", /^latancy=50ms: there is no latancy: did you mean latency\?$/],
    ["__proto__=1", /there is no __proto__: known are latency, /],
    ["latency", /latency takes a time, as 50ms, 2s or 1m: latency=…/],
    ["latency=50", /latency takes a time, as 50ms, 2s or 1m, and is given 50/],
    ["latency=50KiB", /latency takes a time/],
    ["latency=-1ms", /latency takes a time/],
    ["latency=99h", /latency must be a number from 0 to 86400000/],
    ["bandwidth=1MiB", /bandwidth takes a rate, as 64KiB\/s or 1MiB\/s, and is given 1MiB/],
    ["bandwidth=1MB/s", /bandwidth takes a rate/],
    ["loss=101%", /loss takes a part, as 10% or 0.1, and is given 101%/],
    ["reset after=soon", /after takes a size or a time, as 1MiB or 2s, and is given soon/],
    ["latency=1ms latency=2ms", /latency is said twice/],
    ["latency=1ms after=2s", /after says something of reset, which is missing/],
    ["up latency=1ms down", /up and down together/],
    ["up=1 latency=1ms", /up takes no value/],
    ["latency=1ms to", /to is followed by whom it is about/],
    ["latency=1ms to 1.2.3.4:99999", /ports must be a number/],
    ["latency=1ms to 300.1.2.3", /to: the rule "300.1.2.3" was not understood/],
    ["to 127.0.0.1", /it says nothing of what goes wrong/],
    ["", /it says nothing of what goes wrong/],
    ["slice=0B", /slice must be a number from 1 on/],
  ] as const) {
    assert.throws(() => parseFault(text), message, text);
  }
});

test.run();
