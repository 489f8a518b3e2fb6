/** Simulations: a seed is a history, what goes wrong does so when it is to, and a failure is made as small as it can be. */
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { scenario as chat } from "../../examples/simulation/chat.ts";
import { scenario as register } from "../../examples/simulation/register.ts";
import { scenario as retry } from "../../examples/simulation/retry.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import type { AddressInfo } from "../../src/address-info.ts";
import { handlesInUse } from "../../src/core.ts";
import { type HostPlan, type Place, type Scenario, simulate } from "../../src/testing/index.ts";

test("a register that a partition breaks does so, and of the faults only that is left", async () => {
  const { failure, only, faults = [], last, timeline } = await simulate(register, { seeds: 100 });
  assert.match(failure ?? "", /^(one|two) has \d, and 8 was written$/);
  assert.equal(only, [1]);
  assert.is(faults.length, 1);
  const [found, said] = [faults[0], last.faults[1]] as { at: number; for: number }[];
  assert.is(
    found !== undefined && said !== undefined && found.for < said.for && found.at % 10 === 0,
    true,
    JSON.stringify(faults),
  );
  assert.match((await simulate(register, { seed: last.seed, only: [1] })).failure ?? "", /was written$/);
  assert.is(
    timeline.some((line) => line.includes("one and two are cut apart")),
    true,
  );
  assert.match(timeline.at(-1) ?? "", failure ?? "");
  const traced = new Set<string>();
  const again = await simulate(register, {
    ...{ seed: last.seed, faults },
    trace: ({ host, channel }) => traced.add(`${host} ${channel}`),
  });
  assert.is(traced.has("one wasock:tcp:listen") && traced.has("client wasock:tcp:connect"), true);
  assert.equal(again.timeline.slice(-10), timeline.slice(-10));
  assert.equal([again.failure, again.last.hash], [failure, last.hash]);
  assert.is((await simulate(register, { seed: last.seed, only: [0, 2] })).failure, undefined);
});

test("who tries again comes through crashes and losses; a chat keeps its order under load", async () => {
  const tried = await simulate(retry, { seeds: 40 });
  assert.is(tried.failure, undefined, tried.timeline.join("\n"));
  const said = await simulate(chat, { seeds: 5 });
  assert.is(said.failure, undefined, said.timeline.join("\n"));
});

test("one seed is one history on every Node, and another seed another", async () => {
  const hashes: string[] = [];
  for (const scenario of [register, retry, chat] as Scenario[]) {
    const { last } = await simulate(scenario, { seed: 1, only: [] });
    assert.is((await simulate(scenario, { seed: 1, only: [] })).last.hash, last.hash);
    assert.is.not((await simulate(scenario, { seed: 2, only: [] })).last.hash, last.hash);
    hashes.push(last.hash);
  }
  // where the network or an example is changed on purpose, these are others
  assert.equal(hashes, HASHES);
});
const HASHES = ["2741749cb749f708", "b2d0f7179c90a9f3", "d6eee57ae8894c0a"];

test("a history is the same whenever the collector comes, and leaves nothing behind", async () => {
  let collect = (): void => {};
  const scenario: Scenario = {
    hosts: {
      server: {
        serves: true,
        run: async ({ net }) => {
          const listener = await net.Socket.makeListenerSocket(
            (await net.getAddressInfo(null, 7)) as AddressInfo,
          );
          for (;;) void (await listener.accept()).receive(5);
        },
      },
      client: {
        at: 1,
        run: async ({ net, sleep }) => {
          for (let i = 0; i < 30; i++) {
            // nobody closes it
            const [socket] = await net.Socket.openNetIo("server", 7);
            await socket.send(Buffer.from("hello"));
            await sleep(5);
            collect();
          }
        },
      },
    },
    faults: [{ at: 50, crash: "server", for: 10 }],
  };
  const before = handlesInUse();
  const { last, failure } = await simulate(scenario, { seed: 1 });
  assert.is(failure, undefined);
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const warnings: Error[] = [];
  process.on("warning", (warning) => warnings.push(warning));
  // what is collected now is told in a task of its own, for which time stands still
  collect = gc;
  const collected = await simulate(scenario, { seed: 1 });
  assert.is(collected.last.hash, last.hash);
  await new Promise(setImmediate);
  assert.equal([warnings, handlesInUse() - before], [[], 0]);
});

/** What a program on a machine that crashes sees, and one that talks to it. */
async function crashing(files: "kept" | "lost"): Promise<string[]> {
  const said: string[] = [];
  const scenario: Scenario = {
    hosts: {
      server: {
        serves: true,
        run: async ({ net, files: own, sleep, now }) => {
          const starts = Number(own.get("starts") ?? "0") + 1;
          own.set("starts", String(starts));
          said.push(`${Math.round(now())} start ${starts}`);
          const address = await net.getAddressInfo(null, 7);
          if (address === null) throw new Error("the wildcard has an address");
          const listener = await net.Socket.makeListenerSocket(address);
          const connection = await listener.accept();
          void connection.receive().then(() => said.push("who is down hears nothing"));
          await sleep(500);
          if (starts === 1) said.push("nor does it do anything");
          await sleep(1e6);
        },
      },
      client: {
        at: 10,
        run: async ({ net, sleep, now }) => {
          const [socket] = await net.Socket.openNetIo("server", 7);
          await sleep(400);
          await socket.send(Buffer.from("are you there?"));
          const code = await socket.receive().catch((error: { code: string }) => error.code);
          // it was sent again until there was a machine that knew nothing of it
          said.push(`${String(code)} ${now() > 1000 && now() < 2000}`);
        },
      },
    },
    faults: [{ at: 100, crash: "server", for: 900, files }],
  };
  assert.is((await simulate(scenario, { seed: 1 })).failure, undefined);
  return said;
}

test("a machine that crashes is gone without a word, and comes up with its files or without", async () => {
  assert.equal(await crashing("kept"), ["0 start 1", "1000 start 2", "ECONNRESET true"]);
  assert.equal(await crashing("lost"), ["0 start 1", "1000 start 1", "ECONNRESET true"]);
});

test("a program that goes on where its machine is down can open nothing", async () => {
  let goOn = (): void => {};
  const told = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let code = "";
  const scenario: Scenario = {
    hosts: {
      server: {
        serves: true,
        run: async ({ net }) => {
          await told;
          if (code !== "") return;
          const tried = net.Socket.openNetIo("10.0.0.2", 7).then(
            () => "opened",
            (error: { code: string }) => error.code,
          );
          code = "asked";
          code = await tried;
        },
      },
      client: {
        run: async ({ sleep }) => {
          await sleep(200);
          goOn();
          await sleep(200);
        },
      },
    },
    faults: [{ at: 100, crash: "server", for: 200 }],
  };
  assert.is((await simulate(scenario, { seed: 1 })).failure, undefined);
  assert.is(code, "EHOSTUNREACH");
});

test("those that serve go on for a while with no cut, checks see the files, and then nothing goes on", async () => {
  interface State {
    ticks: number;
    last: number;
    reached: boolean;
  }
  const states: State[] = [];
  const scenario: Scenario<State> = {
    state: () => {
      const state = { ticks: 0, last: 0, reached: false };
      states.push(state);
      return state;
    },
    hosts: {
      one: { run: async ({ sleep }) => sleep(100) },
      two: {
        serves: true,
        run: async ({ net, sleep, now, state, files }) => {
          for (;;) {
            await sleep(10);
            state.ticks++;
            state.last = now();
            files.set("last", String(now()));
            // where nobody listens the machine itself refuses
            if (now() <= 100 || state.reached) continue;
            const code = await net.Socket.openNetIo("one", 9).catch((error: { code: string }) => error.code);
            state.reached = code === "ECONNREFUSED";
          }
        },
      },
    },
    faults: () => [{ at: 0, partition: ["one", "two"], for: 1e6 }],
    settle: 1000,
    atEnd: ({ state, files, now }) => {
      const saved = files.get("two")?.get("last");
      if (saved !== String(state.last) || !state.reached) throw new Error(`${saved} ${state.reached}`);
      if (now < 1000) throw new Error(`it settled for ${now} ms`);
    },
  };
  const { failure } = await simulate(scenario, { seed: 1 });
  assert.is(failure, undefined);
  const { ticks } = states[0] as State;
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.is(states[0]?.ticks, ticks);
  assert.is((await simulate({ ...scenario, settle: 0 }, { seed: 1 })).last.now < 1000, true);
});

test("clocks are set, links get worse and better, cuts end", async () => {
  const seen: string[] = [];
  const scenario: Scenario = {
    hosts: {
      one: {
        run: async ({ clock, now, sleep }) => {
          const start = clock() - now();
          await sleep(200);
          seen.push(`${Math.round(clock() - now() - start)}`);
        },
      },
      two: {
        run: async ({ net, sleep, now }) => {
          for (const pause of [0, 300, 300]) {
            await sleep(pause);
            const begun = now();
            // nobody listens: a refusal is a round trip
            await net.Socket.openNetIo("10.0.0.1", 9).catch(() => {});
            seen.push(`${Math.round(now() - begun)}`);
          }
        },
      },
    },
    link: { latency: 5 },
    faults: [
      { at: 100, skew: "one", by: 5000 },
      { at: 150, link: ["one", "two"], rules: { latency: 50 }, for: 300 },
      { at: 650, partition: ["two"], for: 1500 },
    ],
  };
  assert.is((await simulate(scenario, { seed: 1 })).failure, undefined);
  assert.equal(seen.slice(0, 3), ["10", "5000", "100"]);
  assert.is(Number(seen[3]) > 1500, true, `${seen[3]} ms`);
});

test("what must hold all the time is asked after each thing, and told when it doesn't", async () => {
  const scenario: Scenario<{ count: number }> = {
    state: () => ({ count: 0 }),
    hosts: {
      one: {
        run: async ({ state, sleep, log }: Place<{ count: number }>) => {
          for (let i = 0; i < 10; i++) {
            await sleep(100);
            state.count++;
            log("counts");
          }
        },
      },
    },
    always: ({ state: { count }, now }) => {
      if (count > 3) throw new Error(`${count} at ${now}`);
    },
  };
  const { failure, last } = await simulate(scenario, { seeds: 3 });
  assert.equal([failure, last.now], ["4 at 400", 400]);
});

test("a program that fails or never ends is told", async () => {
  const one = (run: () => Promise<void>, more: Partial<Scenario> = {}): Scenario => ({
    hosts: { one: { run } },
    ...more,
  });
  const failing = one(async () => {
    throw new Error("no");
  });
  assert.is((await simulate(failing, { seeds: 1 })).failure, "one failed: no");
  const endless = one(() => new Promise(() => {}), { limit: 5000 });
  assert.is((await simulate(endless, { seeds: 1 })).failure, "one had not ended after 5000 ms");
});

function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/assembly/${name}.wasm`, import.meta.url));
}

if (hasJspi) {
  test("components are programs as well", async () => {
    const scenario: Scenario = {
      hosts: {
        server: { program: example("http-server"), args: ["80", "0.0.0.0"], serves: true },
        client: { program: example("http-get"), args: ["server", "80", "/about"], at: 50 },
      },
      link: { latency: 5, jitter: 3, loss: 0.05 },
      faults: [{ at: 52, partition: ["client", "server"], for: 3000 }],
      atEnd: ({ output, now }) => {
        const printed = output.get("client");
        if (printed !== "wasock: BSD sockets for WebAssembly.\n") throw new Error(`it printed ${printed}`);
        if (now < 3000) throw new Error(`it came through a cut at ${now}`);
      },
    };
    const { failure, last } = await simulate(scenario, { seed: 1 });
    assert.is(failure, undefined);
    assert.is((await simulate(scenario, { seed: 1 })).last.hash, last.hash);
    // what was decoded, compiled and linked for one seed changes nothing for the next
    const hashes: string[] = [];
    await simulate(scenario, { seeds: 3, onSeed: ({ hash }) => hashes.push(hash) });
    assert.is(hashes[0], last.hash);
    assert.is(hashes[2], (await simulate(scenario, { seed: 3 })).last.hash);
  });

  test("one that ends with an error has failed then, and may what it may itself where another of the same ran", async () => {
    const get = (at: number, path: string): HostPlan<unknown> => ({
      program: example("http-get"),
      args: ["server", "80", path],
      at,
    });
    const printed: string[] = [];
    const scenario: Scenario = {
      hosts: {
        server: { program: example("http-server"), args: ["80", "0.0.0.0"], serves: true },
        first: get(50, "/about"),
        second: get(5000, "/"),
        third: { ...get(10_000, "/about"), policy: { allowDns: true } },
      },
      always: ({ output }) => {
        for (const [host, text] of output) if (text !== "" && !printed.includes(host)) printed.push(host);
      },
    };
    const { failure } = await simulate(scenario, { seed: 1 });
    assert.match(failure ?? "", /^third failed: it ended with \d+$/);
    assert.equal(printed, ["first", "second"]);
  });
}

test("a scenario that is none is told", async () => {
  const run = async (): Promise<void> => {};
  const wrong = async (scenario: object, options: object = {}): Promise<string> => {
    try {
      await simulate(scenario as Scenario, options);
      return "";
    } catch (error) {
      return String(error);
    }
  };
  for (const [scenario, why] of [
    [{}, /scenario.hosts must have programs/],
    [
      { hosts: { a: { run } }, atend: run },
      /scenario.atend is not a part of a scenario: did you mean atEnd\?/,
    ],
    [{ hosts: { a: {} } }, /hosts.a must have run, a function, or program, a file, and not both/],
    [{ hosts: { a: { run: 1 } } }, /hosts.a.run must be a function/],
    [{ hosts: { a: { run } }, limit: "x" }, /scenario.limit must be a number of milliseconds/],
    [{ hosts: { a: { run } }, faults: [{ at: 1, crash: "b", for: 1 }] }, /faults\[0\]: there is no host 'b'/],
    [
      { hosts: { a: { run } }, faults: () => [{ at: 1 }] },
      /faults\[0\] must be a partition, a crash, a skew or a link/,
    ],
    [{ hosts: { a: { run } }, faults: [{ at: -1, crash: "a", for: 1 }] }, /faults\[0\].at must be a number/],
    [{ hosts: { a: { run } }, faults: [{ at: 1, skew: "b", by: 1 }] }, /faults\[0\]: there is no host 'b'/],
    [{ hosts: { a: { run } }, faults: 5 }, /faults must be a list, and is/],
    [{ hosts: { a: { run, at: "5" } } }, /hosts\.a\.at must be a number of milliseconds, and is '5'/],
    [{ hosts: { a: { run } }, always: 1 }, /scenario\.always must be a function, and is/],
  ] as const) {
    assert.match(await wrong(scenario), why);
  }
  for (const [options, why] of [
    [{ seeds: 0 }, /seeds must be a whole number from 1 on/],
    [{ first: 1.5 }, /first must be a whole number from 1 on/],
    [{ seads: 1 }, /options\.seads is not an option of a simulation: did you mean seeds\?/],
  ] as const) {
    assert.match(await wrong({ hosts: { a: { run } } }, options), why);
  }
});

test.run();
