/** What embedders hand to a host and get wrong: it refuses, goes on, and says why. */
import { once } from "node:events";
import * as net from "node:net";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { HostOptions } from "../../host/host.ts";
import { createHost } from "../../host/host.ts";
import type { AuditRecord } from "../../host/policy/audit.ts";
import { requirePolicy } from "../../host/policy/permissions.ts";
import { allowAll, type Policy, withoutKinds } from "../../host/policy/policy.ts";
import { type PolicyRules, policyFromRules } from "../../host/policy/rules.ts";
import { preview1 } from "../../host/preview1/index.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import {
  drop,
  listener,
  loopback,
  network,
  openHost,
  ready,
  tcp,
  thrown,
  udp,
  until,
  warnings,
} from "./support.ts";

const warned = warnings();
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
process.on("uncaughtException", (error) => unhandled.push(error));

/** What the program is warned of here. */
const OURS = /^WasockWarning: (the (policy|trace|audit log) of a host|a policy's check)[ :]/;

class Thenable {
  // biome-ignore lint/suspicious/noThenProperty: that is what it is for
  then(done: (value: boolean) => void): void {
    done(true);
  }
}

function fail(): never {
  throw new Error("must not be called");
}

/** Answers that are no boolean, by what the audit log calls them. */
const answers: [name: string, answer: () => unknown, reason: RegExp][] = [
  ["a promise of true", async () => true, /answered a Promise/],
  ["a promise that is rejected", async () => Promise.reject(new Error("late")), /answered a Promise/],
  ["text", () => "no", /answered 'no'/],
  ["a number", () => 1, /answered 1/],
  ["an object", () => ({}), /answered \{\}/],
  ["a Boolean", () => Object(true), /answered \[Boolean: true\]/],
  ["null", () => null, /answered null/],
  [
    "an error",
    () => {
      throw new Error("mine\n");
    },
    /threw: mine/,
  ],
  [
    "what throws when it is looked at",
    () => {
      throw new Proxy(new Error("mine"), {
        get() {
          throw new Error("a property");
        },
        getPrototypeOf() {
          throw new Error("the prototype");
        },
      });
    },
    /threw/,
  ],
  ["an object that throws when it is shown", () => ({ [inspect.custom]: () => fail() }), /answered/],
  ["a thenable", () => new Thenable(), /answered/],
  ["a promise of another realm", () => runInNewContext("Promise.reject(new Error('late'))"), /a Promise/],
  [
    "what has no text",
    () => {
      throw Object.create(null);
    },
    /threw/,
  ],
];

interface Told {
  readonly lines: AuditRecord[];
  readonly options: HostOptions;
}

function told(policy: Policy): Told {
  const lines: AuditRecord[] = [];
  return { lines, options: { policy, audit: { write: (line) => lines.push(JSON.parse(line)) } } };
}

/** What becomes of a connection to a port that listens. */
async function reach(options: HostOptions): Promise<unknown> {
  const outside = openHost();
  const server = listener(outside);
  const host = createHost(options);
  try {
    const socket = tcp(host);
    socket.startConnect(network(host), server.localAddress());
    await ready(socket);
    for (const stream of socket.finishConnect()) stream[Symbol.dispose]();
    return "connected";
  } catch (error) {
    return error;
  } finally {
    host.close();
    server[Symbol.dispose]();
  }
}

for (const [name, answer, reason] of answers) {
  test(`a policy that answers ${name} refuses, and the audit log says why`, async () => {
    for (const method of ["offers", "check"] as const) {
      const { lines, options } = told({ ...allowAll, [method]: answer } as Policy);
      assert.is(await reach(options), "access-denied", method);
      const last = lines.at(-1);
      assert.is(last?.decision, "refuse");
      assert.match(last?.reason ?? "", reason);
    }
    const { lines, options } = told({ ...allowAll, checkName: answer } as Policy);
    const host = createHost(options);
    const lookup = (): unknown =>
      host.imports["wasi:sockets/ip-name-lookup"].resolveAddresses(network(host), "localhost");
    assert.is(thrown(lookup), "permanent-resolver-failure");
    assert.match(lines.at(-1)?.reason ?? "", reason);
    host.close();
  });

  test(`rules whose check answers ${name} refuse`, async () => {
    const rules = { allowNet: true, check: answer } as PolicyRules;
    const { lines, options } = told(policyFromRules(rules));
    assert.is(await reach(options), "access-denied");
    assert.match(lines.at(-1)?.reason ?? "", reason);
  });

  test(`a reply that is answered with ${name} is not sent`, async () => {
    const host = createHost({
      policy: { ...allowAll, check: (use) => use !== "udp-send", mayReply: answer } as Policy,
    });
    const outside = openHost();
    const [server, client] = [udp(host), udp(outside)];
    for (const [socket, owner] of [
      [server, host],
      [client, outside],
    ] as const) {
      socket.startBind(network(owner), loopback());
      socket.finishBind();
    }
    const [incoming, outgoing] = server.stream(undefined);
    const [theirIn, theirOut] = client.stream(server.localAddress());
    theirOut.checkSend();
    theirOut.send([{ data: Buffer.from("?") }]);
    await ready(incoming);
    outgoing.checkSend();
    const reply = (): bigint =>
      outgoing.send([{ data: Buffer.from("!"), remoteAddress: client.localAddress() }]);
    assert.is(thrown(reply), "access-denied");
    for (const each of [incoming, outgoing, theirIn, theirOut, server, client]) each[Symbol.dispose]();
    host.close();
  });
}

test("only the boolean true grants, and nothing is written as a reason then", async () => {
  const { lines, options } = told(allowAll);
  assert.is(await reach(options), "connected");
  assert.ok(lines.length > 0 && lines.every((line) => line.decision === "grant" && !("reason" in line)));
});

test("resolved, trace and why may throw or answer late, and the host goes on", async () => {
  for (const fails of [
    () => {
      throw new Error("mine");
    },
    async () => Promise.reject(new Error("late")),
    () => Object.defineProperty(Promise.resolve(), "constructor", { value: 1 }),
  ]) {
    const policy = { ...allowAll, resolved: fails, why: fails } as unknown as Policy;
    const host = createHost({ policy, trace: fails as () => void, resolver: async () => ["127.0.0.1"] });
    const lookup = host.imports["wasi:sockets/ip-name-lookup"].resolveAddresses(network(host), "a.example");
    await ready(lookup);
    assert.equal(lookup.resolveNextAddress(), { tag: "ipv4", val: [127, 0, 0, 1] });
    lookup[Symbol.dispose]();
    const server = listener(host);
    server[Symbol.dispose]();
    host.close();
    const refusing = createHost({ policy: { ...policy, checkName: () => false } });
    assert.throws(
      () => refusing.imports["wasi:sockets/ip-name-lookup"].resolveAddresses(network(refusing), "a.example"),
      (code: unknown) => code === "permanent-resolver-failure",
    );
    refusing.close();
  }
});

test("a resolver that throws or answers rubbish fails the look-up", async () => {
  for (const [resolver, expected] of [
    [
      () => {
        throw new Error("at once");
      },
      "permanent-resolver-failure",
    ],
    [() => Promise.reject(null), "permanent-resolver-failure"],
    [() => Promise.reject({ code: "constructor" }), "permanent-resolver-failure"],
    [
      () => {
        const error = {
          get code() {
            throw new Error("no code");
          },
        };
        return Promise.reject(error);
      },
      "permanent-resolver-failure",
    ],
    [() => null, "permanent-resolver-failure"],
    [() => "127.0.0.1", "permanent-resolver-failure"],
    [() => [], "name-unresolvable"],
    [() => [1, {}, null, "1.2.3", "::1%x y", "localhost", "9".repeat(1e6)], "name-unresolvable"],
  ] as const) {
    const host = createHost({ policy: allowAll, resolver: resolver as never });
    const lookup = host.imports["wasi:sockets/ip-name-lookup"].resolveAddresses(network(host), "a.example");
    await ready(lookup);
    assert.is(
      thrown(() => lookup.resolveNextAddress()),
      expected,
    );
    assert.is(host.stats().lookups, 0);
    lookup[Symbol.dispose]();
    host.close();
  }
});

test("of a list of a million addresses as many are kept as an answer can hold", async () => {
  const host = createHost({ policy: allowAll, resolver: () => new Array(1e6).fill("127.0.0.1") as never });
  const lookup = host.imports["wasi:sockets/ip-name-lookup"].resolveAddresses(network(host), "a.example");
  await ready(lookup);
  let count = 0;
  while (lookup.resolveNextAddress() !== undefined) count++;
  assert.is(count, 4096);
  lookup[Symbol.dispose]();
  host.close();
});

test("an audit sink whose promise is rejected is broken: nothing more is granted", async () => {
  const audit = { write: () => Promise.reject(new Error("disk")) };
  const host = createHost({ policy: allowAll, audit });
  const first = tcp(host);
  await until(() => thrown(() => drop(tcp(host) as never)) === "access-denied", "the failure is known");
  first[Symbol.dispose]();
  host.close();
});

for (const [name, answer, reason] of answers) {
  (hasJspi ? test : test.skip)(`preview 1: who may connect is answered with ${name}: nobody`, async () => {
    for (const policy of [undefined, allowAll]) {
      const lines: AuditRecord[] = [];
      const world = await preview1({
        listen: ["tcp://127.0.0.1:0"],
        accept: answer as () => boolean,
        audit: { write: (line) => lines.push(JSON.parse(line)) },
        ...(policy && { policy }),
      });
      const client = net.connect(world.listeners[0]?.address.val.port ?? 0, "127.0.0.1");
      const [error] = (await once(client, "error")) as [NodeJS.ErrnoException];
      assert.is(error.code, "ECONNRESET");
      const last = lines.at(-1);
      assert.is(`${last?.decision} ${last?.use}`, "refuse tcp-accept");
      assert.match(last?.reason ?? "", reason);
      world.close();
    }
  });
}

(hasJspi ? test : test.skip)("preview 1: an option that there is not is an error", async () => {
  const error: unknown = await preview1({ lisen: [] } as never).catch((thrown: unknown) => thrown);
  assert.instance(error, TypeError);
  assert.match(
    (error as Error).message,
    "options.lisen is not an option of a preview 1 program: did you mean listen?",
  );
});

test("a policy of a class of its own can be narrowed", () => {
  class Own implements Policy {
    readonly #may = true;
    offers(): boolean {
      return this.#may;
    }
    check(): boolean {
      return this.#may;
    }
    checkName(): boolean {
      return this.#may;
    }
    why(): string {
      return `may: ${this.#may}`;
    }
  }
  const narrowed = withoutKinds(new Own(), ["udp"]);
  assert.ok(narrowed.offers("tcp") && narrowed.check("tcp-connect", loopback(1)) && narrowed.checkName("a"));
  assert.is(narrowed.why?.(), "may: true");
  assert.not(narrowed.offers("udp"));
  assert.is(narrowed.why?.(), "udp is taken away");
  assert.is(narrowed.mayReply, undefined);
});

test("whether one may answer is asked only where one may not send", () => {
  for (const [answer, reply, expected] of [
    [true, false, true],
    [false, true, true],
    [false, false, false],
    [undefined, true, false],
    [Promise.resolve(true), true, false],
  ] as const) {
    const policy = { ...allowAll, check: () => answer, mayReply: () => reply } as unknown as Policy;
    const host = createHost({ policy });
    const { permissions } = host.context;
    assert.is(permissions.check("udp-send", loopback(1), loopback(2), true), expected);
    assert.is(permissions.check("udp-send", loopback(1), loopback(2)), answer === true);
    host.close();
  }
});

test("what is no policy is no policy", () => {
  for (const [policy, what] of [
    [5, /policy must be an object, and is 5/],
    [{ allowNet: true }, /policy.offers must be a function: policyFromRules/],
    [{ ...allowAll, check: true }, /policy.check must be a function/],
    [{ ...allowAll, mayReply: true }, /policy.mayReply must be a function/],
    [{ ...allowAll, watched: "a.example" }, /policy.watched must be an array of names/],
    [{ ...allowAll, watched: ["a.example", 5] }, /policy.watched must be an array of names/],
  ] as const) {
    const error = thrown(() => createHost({ policy: policy as never }));
    assert.instance(error, TypeError);
    assert.match((error as Error).message, what);
  }
  assert.throws(() => requirePolicy(null as never), /policy must be an object, and is null/);
});

test("a warning tells the error behind it, and once", async () => {
  // those of the tests before
  await new Promise((resolve) => setImmediate(resolve));
  const given: (Error & { detail?: string })[] = [];
  const note = (warning: Error): void => void given.push(warning);
  process.on("warning", note);
  const fails = (): never => {
    throw new RangeError("the check is broken");
  };
  for (const check of [fails, () => "yes"]) {
    const host = createHost({ policy: { ...allowAll, check } as unknown as Policy });
    for (let i = 0; i < 3; i++) {
      const socket = udp(host);
      assert.is(
        thrown(() => socket.startBind(network(host), loopback())),
        "access-denied",
      );
      socket[Symbol.dispose]();
    }
    host.close();
  }
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  assert.equal(
    given.map(({ message }) => message),
    [
      "the policy of a host threw, and what it was asked for is refused",
      "the policy of a host: check answered 'yes', and only true grants",
    ],
  );
  // with the stack, by which the place is found; without an error there is nothing to tell
  assert.match(given[0]?.detail ?? "", /^RangeError: the check is broken\n +at /);
  assert.is(given[1]?.detail, undefined);
});

test("nothing was unhandled, and the program was warned of nothing else", async () => {
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(unhandled, []);
  assert.ok(warned.length > answers.length);
  assert.equal(
    warned.map(String).filter((warning) => !OURS.test(warning)),
    [],
  );
});

test.run();
