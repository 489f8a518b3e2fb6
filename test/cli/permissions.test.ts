/** What the flags of `wasock run` come to, and Wasmtime's `-S` among them. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Policy, withoutKinds } from "../../host/policy/policy.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
import { mayReachAll } from "../../host/run/run-options.ts";
import { type PermissionFlags, permissionsOf } from "../../src/cli/permissions.ts";
import { UsageError } from "../../src/cli/usage.ts";
import { at } from "../host/support.ts";

function policyOf(flags: PermissionFlags): Policy {
  const { policy, without } = permissionsOf(flags);
  return withoutKinds(policyFromRules(policy), without);
}

/** What is possible: sockets of a kind, look-ups, and an address for each use. */
function possible(flags: PermissionFlags): string {
  const policy = policyOf(flags);
  const all: string[] = [];
  for (const kind of ["tcp", "udp", "resolve"] as const) if (policy.offers(kind)) all.push(kind);
  if (policy.offers("tcp") && policy.check("tcp-connect", at("192.0.2.1", 80))) all.push("connect");
  if (policy.offers("udp") && policy.check("udp-send", at("192.0.2.1", 80))) all.push("send");
  if (policy.offers("tcp") && policy.check("tcp-listen", at("192.0.2.1", 80))) all.push("listen");
  if (policy.offers("resolve") && policy.checkName("name.example")) all.push("look up");
  return all.join(" ");
}

test("-S grants and takes away as Wasmtime does: the last of each counts", () => {
  // an address in words may be read
  const network = "tcp udp resolve connect send listen";
  const onlyUdp = "udp resolve send";
  for (const [options, expected] of [
    [["inherit-network"], network],
    [["inherit-network,tcp,udp,allow-ip-name-lookup"], "tcp udp resolve connect send listen look up"],
    [["inherit-network=y", "tcp=yes", "udp=true"], network],
    [["tcp"], ""],
    [["tcp,udp"], ""],
    [["allow-ip-name-lookup"], "resolve look up"],
    [["allow-ip-name-lookup=n"], ""],
    [["inherit-network,tcp=n"], onlyUdp],
    [["tcp=no", "inherit-network"], onlyUdp],
    [["inherit-network,tcp=false,udp=n"], "resolve"],
    [["inherit-network,tcp=n,tcp"], network],
    [["inherit-network", "inherit-network=n"], ""],
    [["inherit-network=n", "inherit-network"], network],
    [["allow-ip-name-lookup,allow-ip-name-lookup=no"], ""],
  ] as const) {
    assert.is(possible({ S: options }), expected, options.join(" "));
  }
});

test("-S takes from what the other flags grant", () => {
  const flags = { "allow-net": ["*"], "allow-dns": ["*"] };
  assert.is(possible(flags), "tcp udp resolve connect send look up");
  assert.is(possible({ ...flags, S: ["tcp=n"] }), "udp resolve send look up");
  const policy = policyOf({ ...flags, "deny-net": ["192.0.2.1"], S: ["tcp=n"] });
  assert.not(policy.offers("tcp"));
  assert.is(policy.why?.(), "tcp is taken away");
  assert.not(policy.check("tcp-connect", at("192.0.2.1", 80)));
  assert.is(policy.why?.(), "the rule 192.0.2.1 denies it");
  assert.is(possible({ ...flags, S: ["allow-ip-name-lookup=false"] }), "tcp udp connect send");
  assert.is(possible({ ...flags, S: ["inherit-network=n"] }), "tcp udp resolve connect send look up");
  assert.is(possible({ "deny-net": ["*"], S: ["inherit-network"] }), "tcp udp resolve");
  assert.is(possible({ "deny-net": ["192.0.2.0/24"], S: ["inherit-network"] }), "tcp udp resolve");
});

function isAll(flags: PermissionFlags): boolean {
  const { policy: rules, without } = permissionsOf(flags);
  return mayReachAll({ rules, without });
}

test("everything is granted only where nothing is taken away", () => {
  const all = { S: ["inherit-network,allow-ip-name-lookup"] };
  assert.ok(isAll(all));
  assert.ok(isAll({ "allow-net": ["*"] }));
  for (const less of [
    { S: ["inherit-network"] },
    { S: ["inherit-network,allow-ip-name-lookup,tcp=n"] },
    { S: ["inherit-network,allow-ip-name-lookup,allow-ip-name-lookup=n"] },
    { ...all, "deny-net": ["192.0.2.1"] },
    { "allow-net": ["*:443"], "allow-dns": ["*"] },
  ]) {
    assert.not(isAll(less), JSON.stringify(less));
  }
});

test("what is not understood is named", () => {
  for (const [flags, message] of [
    [{ S: ["tpc"] }, "-S tpc: did you mean tcp?"],
    [{ S: ["http"] }, "-S http: known are inherit-network"],
    [{ S: ["constructor"] }, "-S constructor: known are"],
    [{ S: ["tcp="] }, "-S tcp=: the value must be"],
    [{ S: ["tcp=Y"] }, "-S tcp=Y: the value must be"],
    [{ S: ["tcp=n=y"] }, "-S tcp=n=y: the value must be"],
    [{ S: [""] }, "-S : known are"],
    [{ "deny-net": ["private", ""] }, "--deny-net takes rules"],
    [{ "deny-net": ["10.0.0.0/99"] }, '--deny-net: the rule "10.0.0.0/99"'],
  ] as const) {
    let error: unknown;
    try {
      permissionsOf(flags);
    } catch (thrown) {
      error = thrown;
    }
    assert.instance(error, UsageError);
    assert.match((error as Error).message, message);
  }
});

test.run();
