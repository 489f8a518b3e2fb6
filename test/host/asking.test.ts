/** A policy that asks: what is asked about, what an answer grants, and what it never does. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { IpAddress, IpSocketAddress } from "../../host/network/address.ts";
import {
  type Ask,
  askingPolicy,
  isUnderstood,
  type PermissionAnswer,
  type PermissionRequest,
} from "../../host/policy/asking.ts";
import { denyAll, type Policy, withoutKinds } from "../../host/policy/policy.ts";
import { type PolicyRules, policyFromRules } from "../../host/policy/rules.ts";
import { at } from "./support.ts";

const test = suite("a policy that asks");

/** A policy over rules that notes what it is asked, and answers so. */
function asking(
  rules: PolicyRules,
  answer: PermissionAnswer | ((request: PermissionRequest) => PermissionAnswer),
): { policy: Policy; asked: string[] } {
  const asked: string[] = [];
  const ask: Ask = (request) => {
    const { use, target, option, rule, name } = request;
    asked.push(
      `${use} ${target} ${option}=${rule}${name === undefined || use === "resolve" ? "" : ` (${name})`}`,
    );
    return typeof answer === "function" ? answer(request) : answer;
  };
  return { policy: askingPolicy(policyFromRules(rules), ask), asked };
}

const ip = (address: string): IpAddress => {
  const { tag, val } = at(address, 0);
  return { tag, val: val.address } as IpAddress;
};

test("a kind that is taken away is nothing to ask about", () => {
  const policy = askingPolicy(withoutKinds(policyFromRules({}), ["tcp"]), () => "run");
  assert.is(policy.offers("tcp"), false);
  assert.is(policy.offers("udp"), true);
});

test("of a policy that gives no reasons is asked whatever it refuses", () => {
  const policy = askingPolicy(denyAll, () => "run");
  assert.is(policy.check("tcp-connect", at("192.0.2.1", 80)), true);
});

test("who may be sent to may be answered", () => {
  const { policy, asked } = asking({ allowNet: ["udp://192.0.2.1:53"] }, "deny");
  assert.is(policy.mayReply?.(at("192.0.2.1", 53), at("127.0.0.1", 9)), true);
  assert.is(policy.mayReply?.(at("192.0.2.1", 54), at("127.0.0.1", 9)), false);
  assert.equal(asked, []);
});

test("what the rules allow is not asked about, and what they deny stays denied", () => {
  const { policy, asked } = asking(
    { allowNet: ["192.0.2.1:80"], denyNet: ["192.0.2.2", "bad.example"] },
    "run",
  );
  assert.ok(policy.check("tcp-connect", at("192.0.2.1", 80)));
  assert.not(policy.check("tcp-connect", at("192.0.2.2", 80)));
  assert.is(policy.why?.(), "the rule 192.0.2.2 denies it");
  assert.not(policy.checkName("bad.example"));
  assert.not(policy.check("udp-bind", at("192.0.2.2", 0)));
  assert.equal(asked, []);
  // a grant of what was asked for is behind what is denied as well
  assert.ok(policy.check("udp-bind", at("192.0.2.9", 53)));
  assert.ok(policy.mayReply?.(at("192.0.2.5", 1), at("192.0.2.9", 53)));
  assert.not(policy.mayReply?.(at("192.0.2.2", 1), at("192.0.2.9", 53)));
  assert.not(policy.check("udp-receive", at("192.0.2.2", 1), at("192.0.2.9", 53)));
});

test("everything denied is nothing to ask about", () => {
  const { policy, asked } = asking({ denyNet: true }, "run");
  assert.not(policy.check("tcp-connect", at("192.0.2.2", 80)) || policy.checkName("name.example"));
  assert.equal(asked, []);
});

test("once is one connection, run is whatever the rule allows", () => {
  const once = asking({}, "once");
  assert.ok(once.policy.offers("tcp") && once.policy.check("tcp-bind", at("0.0.0.0", 0)));
  for (let i = 0; i < 2; i++) assert.ok(once.policy.check("tcp-connect", at("192.0.2.1", 80)));
  assert.equal(once.asked, Array(2).fill("tcp-connect 192.0.2.1:80 allowNet=tcp://192.0.2.1:80"));
  const run = asking({}, "run");
  for (let i = 0; i < 2; i++) assert.ok(run.policy.check("tcp-connect", at("192.0.2.1", 80)));
  assert.ok(run.policy.check("tcp-connect", at("192.0.2.1", 81)));
  assert.is(run.asked.length, 2);
  assert.ok(run.policy.check("udp-send", at("192.0.2.1", 80)));
  assert.is(run.asked[2], "udp-send 192.0.2.1:80 allowNet=udp://192.0.2.1:80");
});

test("once is one listener, with those who connect to it", () => {
  const { policy, asked } = asking({}, "once");
  const own = at("127.0.0.1", 8080);
  assert.ok(policy.check("tcp-bind", own) && policy.check("tcp-listen", own));
  assert.ok(policy.check("tcp-accept", at("127.0.0.1", 5), own));
  assert.is(asked.length, 1);
  assert.ok(policy.check("tcp-listen", own));
  assert.ok(policy.check("tcp-bind", own));
  assert.equal(asked.slice(1), [
    "tcp-listen 127.0.0.1:8080 allowListen=tcp://127.0.0.1",
    "tcp-bind 127.0.0.1:8080 allowListen=tcp://127.0.0.1:8080",
  ]);
  // who was asked about a bind need not be asked whether to listen there, and only that time
  assert.ok(policy.check("tcp-listen", own) && policy.check("tcp-listen", own));
  assert.is(asked.length, 4);
  const name = asking({}, "once");
  for (let i = 0; i < 2; i++) assert.is(name.policy.checkName("a.example"), true);
  assert.is(name.asked.length, 2);
});

test("once is one datagram socket, with what its peer answers", () => {
  const { policy, asked } = asking({}, "once");
  const [peer, own, other] = [at("192.0.2.1", 53), at("0.0.0.0", 5000), at("0.0.0.0", 5001)];
  assert.ok(policy.check("udp-bind", at("0.0.0.0", 0)));
  for (let i = 0; i < 3; i++) assert.ok(policy.check("udp-send", peer, own));
  assert.ok(policy.check("udp-receive", peer, own));
  assert.is(asked.length, 1);
  assert.not(policy.check("udp-receive", at("192.0.2.2", 53), own));
  assert.is(asked.length, 1);
  assert.ok(policy.check("udp-send", peer, other));
  assert.is(asked.length, 2);
});

test("once is that socket's: another of the same port, zone or address has no part in it", () => {
  const scoped = (address: string, port: number, scopeId: number): IpSocketAddress => {
    const made = at(address, port);
    if (made.tag === "ipv6") made.val.scopeId = scopeId;
    return made;
  };
  const own = scoped("fe80::1", 5000, 1);
  const peer = at("fe80::9", 53);
  for (const [other, isOwn] of [
    [scoped("fe80::1", 5000, 1), true],
    [scoped("fe80::1", 5000, 2), false],
    [scoped("fe80::1", 5001, 1), false],
    [scoped("fe80::2", 5000, 1), false],
    [scoped("fe81::1", 5000, 1), false],
    [at("127.0.0.1", 5000), false],
  ] as const) {
    let times = 0;
    const { policy } = asking({}, () => (times++ === 0 ? "once" : "deny"));
    assert.ok(policy.check("udp-send", peer, own));
    assert.is(policy.check("udp-receive", peer, other), isOwn);
  }
});

test("who receives on a port of the system's choice is asked about the address", () => {
  const { policy, asked } = asking({}, "run");
  const own = at("127.0.0.1", 5000);
  assert.ok(policy.check("udp-receive", at("192.0.2.1", 1), own));
  assert.equal(asked, ["udp-receive 127.0.0.1:5000 allowListen=udp://127.0.0.1"]);
  assert.ok(policy.mayReply?.(at("192.0.2.1", 1), own));
});

test("an address that a name was resolved to is asked about by the name, where the name opens it", () => {
  const { policy, asked } = asking({ allowDns: ["*.example"] }, "run");
  assert.ok(policy.checkName("a.example"));
  policy.resolved?.("a.example", [ip("192.0.2.1"), ip("192.0.2.2")]);
  policy.resolved?.("b.example", [ip("127.0.0.1")]);
  assert.ok(policy.check("tcp-connect", at("192.0.2.1", 80)));
  assert.ok(policy.check("tcp-connect", at("192.0.2.2", 80)));
  assert.ok(policy.check("tcp-connect", at("127.0.0.1", 80)));
  assert.equal(asked, [
    "tcp-connect 192.0.2.1:80 allowNet=tcp://a.example:80 (a.example)",
    "tcp-connect 127.0.0.1:80 allowNet=tcp://127.0.0.1:80",
  ]);
});

test("a name that is a word of rules grants no range", () => {
  const { policy, asked } = asking({ allowDns: true }, "run");
  policy.resolved?.("private", [ip("10.0.0.1")]);
  assert.ok(policy.check("tcp-connect", at("10.0.0.1", 80)));
  assert.not(isUnderstood({ option: "allowNet", rule: "private" }));
  assert.ok(isUnderstood({ option: "allowDns", rule: "private" }));
  assert.equal(asked, ["tcp-connect 10.0.0.1:80 allowNet=tcp://10.0.0.1:80"]);
});

test("a denial holds for the same, and none for everything that comes", () => {
  const denying = asking({}, "deny");
  for (let i = 0; i < 3; i++) assert.not(denying.policy.check("tcp-connect", at("192.0.2.1", 80)));
  assert.not(denying.policy.check("tcp-connect", at("192.0.2.1", 81)));
  assert.is(denying.asked.length, 2);
  const none = asking({}, "none");
  for (let port = 1; port < 9; port++) assert.not(none.policy.check("tcp-connect", at("192.0.2.1", port)));
  assert.is(none.asked.length, 1);
  const flood = asking({}, "deny");
  for (let port = 1; port < 500; port++) assert.not(flood.policy.check("tcp-connect", at("192.0.2.1", port)));
  assert.is(flood.asked.length, 100);
});

test("nobody is asked about what peers do, or what no rule can say", () => {
  const { policy, asked } = asking({}, "run");
  assert.not(policy.check("tcp-accept", at("192.0.2.1", 1), at("127.0.0.1", 80)));
  for (const name of ["", "a b", "127.1", "x;y", "*.example", "*", "a,b", "$(x)", "a\u001b[2J", "private "]) {
    assert.is(policy.checkName(name), false, name);
  }
  assert.equal(asked, []);
});

test("an answer that is none refuses", () => {
  for (const answer of [undefined, true, 1, "yes", Promise.resolve("run"), "Run"]) {
    const { policy } = asking({}, () => answer as PermissionAnswer);
    assert.not(policy.check("tcp-connect", at("192.0.2.1", 80)), String(answer));
  }
});

test.run();
