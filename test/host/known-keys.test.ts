/** Options that nobody reads are errors, which name the one that was probably meant. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost } from "../../host/host.ts";
import { nearest } from "../../host/messages/known-keys.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
import { thrown } from "./support.ts";

function message(call: () => unknown): string {
  const error = thrown(call);
  assert.instance(error, TypeError);
  return (error as Error).message;
}

test("an unknown key of rules names the nearest", () => {
  for (const [key, hint] of [
    ["allownet", "did you mean allowNet?"],
    ["allow-net", "did you mean allowNet?"],
    ["deny_net", "did you mean denyNet?"],
    ["denyNets", "did you mean denyNet?"],
    ["allowListne", "did you mean allowListen?"],
    ["ALLOWDNS", "did you mean allowDns?"],
    ["chekc", "did you mean check?"],
    ["permissions", "known are allowNet"],
    ["constructor", "known are allowNet"],
    ["toString", "known are allowNet"],
    ["x".repeat(1e6), "known are allowNet"],
  ] as const) {
    assert.match(
      message(() => policyFromRules({ [key]: [] })),
      hint,
    );
  }
  const polluted = JSON.parse('{"__proto__": [], "allowNet": true}');
  assert.match(
    message(() => policyFromRules(polluted)),
    /__proto__ is not a rule/,
  );
  const inherited = Object.create({ denynet: ["*"] });
  assert.match(
    message(() => policyFromRules(inherited)),
    "did you mean denyNet?",
  );
});

test("what other code has put into every object grants nothing", () => {
  const prototype = Object.prototype as { allowNet?: unknown };
  prototype.allowNet = true;
  try {
    assert.not(policyFromRules({}).offers("tcp"));
    assert.ok(policyFromRules({ allowNet: true }).offers("tcp"));
  } finally {
    delete prototype.allowNet;
  }
  // what a class of the caller's own has counts
  class Rules {
    get allowNet(): boolean {
      return true;
    }
  }
  assert.ok(policyFromRules(new Rules()).offers("tcp"));
});

test("rules of the wrong type name the option", () => {
  for (const [rules, what] of [
    [{ allowNet: "example.com" }, /allowNet must be true, false or an array of rules, and is 'example.com'/],
    [{ allowNet: 1 }, /allowNet must be .* is 1/],
    [{ allowNet: null }, /allowNet must be .* is null/],
    [{ allowListen: new Set(["*"]) }, /allowListen must be/],
    [{ allowDns: { 0: "a" } }, /allowDns must be/],
    [{ denyNet: 10n }, /denyNet must be .* 10n/],
    [{ allowNet: [1] }, /allowNet: a rule must be a string, and one is 1/],
    [{ allowDns: [undefined] }, /allowDns: a rule must be a string/],
    [{ denyNet: [["10.0.0.0/8"]] }, /denyNet: a rule must be a string/],
    [{ check: true }, /check must be a function/],
    [undefined, /rules must be an object, and is undefined/],
    [null, /rules must be an object, and is null/],
    ["*", /rules must be an object, and is string/],
  ] as const) {
    assert.match(
      message(() => policyFromRules(rules as never)),
      what,
    );
  }
});

test("unknown options and limits of a host name the nearest", () => {
  for (const [options, what] of [
    [{ polcy: {} }, /options.polcy is not an option of a host: did you mean policy\?/],
    [{ Audit: 1 }, /did you mean audit\?/],
    [{ constructor: 1 }, /options.constructor is not an option of a host: known are/],
    [{ caps: { socket: 1 } }, /caps.socket is not a limit of a host: did you mean sockets\?/],
    [{ caps: { constructor: 1 } }, /caps.constructor is not a limit of a host/],
    [{ caps: 5 }, /caps must be an object, and is number/],
    [{ resolver: "dns" }, /resolver must be a function/],
    [{ trace: true }, /trace must be a function/],
    [{ noDelay: 0 }, /noDelay must be a boolean, and is 0/],
    [{ maySuspend: "no" }, /maySuspend must be a boolean, and is 'no'/],
    [{ audit: "file.log" }, /audit must be a descriptor, or something with write/],
    [{ audit: {} }, /audit must be a descriptor/],
    [{ audit: -1 }, /audit: -1 is not a descriptor/],
    [{ audit: 1.5 }, /audit: 1.5 is not a descriptor/],
    [null, /options must be an object/],
  ] as const) {
    assert.match(
      message(() => createHost(options as never)),
      what,
    );
  }
});

test("what is far from everything has no nearest", () => {
  assert.is(nearest("tpc", ["tcp", "udp"]), "tcp");
  assert.is(nearest("inherit_network", ["inherit-network", "tcp"]), "inherit-network");
  assert.is(nearest("", ["tcp"]), undefined);
  assert.is(nearest("http", ["tcp", "udp"]), undefined);
});

test.run();
