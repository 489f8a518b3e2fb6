/** A guest that asks again and again and never waits, where it can be suspended. */
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Host } from "../../host/host.ts";
import { lower } from "../../host/lowered/index.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { knownImports, wasm } from "./lowered-support.ts";
import {
  boundUdp,
  type Connected,
  drop,
  listener,
  loopback,
  network,
  openHost,
  pair,
  put,
  tcp,
} from "./support.ts";

const test = suite("turns");
const spins = hasJspi ? test : test.skip;

/** A guest that spins asks at most so often: some seconds. */
const MOST = 20_000_000;
const AT = 64;
const NOTHING_LISTED = `(i32.and (i32.eqz (i32.load8_u (i32.const ${AT}))) (i32.eqz (i32.load (i32.const ${AT + 8}))))`;
const ZERO = `(i32.and (i32.eqz (i32.load8_u (i32.const ${AT}))) (i64.eqz (i64.load (i32.const ${AT + 8}))))`;
const wouldBlock = (at: number): string =>
  `(i32.and (i32.load8_u (i32.const ${AT})) (i32.eq (i32.load8_u (i32.const ${AT + at})) (i32.const 8)))`;

/**
 * Has a guest call a function until it isn't told any more that there is nothing yet.
 *
 * @param asked the host, the function, and the objects whose handles are its first arguments
 * @param rest its further arguments, as text
 * @param notYet the condition to ask once more, of the result that lies at `AT`, or of `(local.get $result)`
 * @returns how often it asked
 */
async function spin(
  [host, name, objects]: readonly [Host, string, readonly object[]],
  rest: string,
  notYet: string,
  most = MOST,
): Promise<number> {
  const known = knownImports.find((one) => `${one.interface}#${one.name}` === name);
  if (known === undefined) throw new Error(`nothing is called ${name}`);
  const { params, results } = known.signature;
  const lowered = lower(host.imports, { suspending: true });
  const handles = objects.map((object) => `(i32.const ${lowered.table.add(object)})`);
  const set = results.length > 0 ? "local.set $result" : "";
  const text = `(module
    (import "${known.interface}@0.2.0" "${known.name}"
      (func $asked (param ${params.join(" ")}) (result ${results.join(" ")})))
    (memory (export "memory") 4)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
    (func (export "spin") (result i32) (local $n i32) (local $result ${results[0] ?? "i32"})
      (loop $again
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (call $asked ${handles.join(" ")} ${rest}) ${set}
        (br_if $again (i32.and ${notYet} (i32.lt_u (local.get $n) (i32.const ${most})))))
      (local.get $n)))`;
  const module = new wasm.Module(await parse(text));
  const { exports } = new wasm.Instance(module, lowered.imports(module));
  lowered.attach(exports);
  return (await wasm.promising?.(exports.spin)()) as number;
}

function within(asked: number): void {
  assert.ok(asked > 1, "it was there at once, which tells nothing");
  assert.ok(asked < MOST, "it never was told");
}

const TO = `(i32.const ${AT})`;

spins("finish-connect", async () => {
  const host = openHost();
  const server = listener(host);
  const client = tcp(host);
  client.startConnect(network(host), server.localAddress());
  within(
    await spin([host, "wasi:sockets/tcp#[method]tcp-socket.finish-connect", [client]], TO, wouldBlock(4)),
  );
  host.close();
});

spins("accept", async () => {
  const host = openHost();
  const server = listener(host);
  const client = tcp(host);
  client.startConnect(network(host), server.localAddress());
  within(await spin([host, "wasi:sockets/tcp#[method]tcp-socket.accept", [server]], TO, wouldBlock(4)));
  host.close();
});

async function withPair(use: (host: Host, ends: [Connected, Connected]) => Promise<void>): Promise<void> {
  const host = openHost();
  const ends = await pair(host);
  await use(host, ends);
  for (const one of ends) drop(one);
  host.close();
}

spins("read, and the end of the stream", () =>
  withPair(async (host, [client, server]) => {
    const asked = [host, "wasi:io/streams#[method]input-stream.read", [server.input]] as const;
    setTimeout(() => put(client.output, Buffer.from("x")), 1);
    within(await spin(asked, `(i64.const 100) ${TO}`, NOTHING_LISTED));
    setTimeout(() => client.socket.shutdown("send"), 1);
    within(await spin(asked, `(i64.const 100) ${TO}`, NOTHING_LISTED));
  }),
);

spins("skip and splice", () =>
  withPair(async (host, [client, server]) => {
    const write = (): void => put(client.output, Buffer.from("x"));
    setTimeout(write, 1);
    const skip = [host, "wasi:io/streams#[method]input-stream.skip", [server.input]] as const;
    within(await spin(skip, `(i64.const 100) ${TO}`, ZERO));
    setTimeout(write, 1);
    const splice = [
      host,
      "wasi:io/streams#[method]output-stream.splice",
      [server.output, server.input],
    ] as const;
    within(await spin(splice, `(i64.const 100) ${TO}`, ZERO));
  }),
);

spins("ready", () =>
  withPair(async (host, [client, server]) => {
    const pollable = server.input.subscribe();
    setTimeout(() => put(client.output, Buffer.from("x")), 1);
    const asked = [host, "wasi:io/poll#[method]pollable.ready", [pollable]] as const;
    within(await spin(asked, "", "(i32.eqz (local.get $result))"));
    pollable[Symbol.dispose]();
  }),
);

spins("check-write of an output that is full", () =>
  withPair(async (host, [client, server]) => {
    for (let left = client.output.checkWrite(); left > 0n; left = client.output.checkWrite()) {
      client.output.write(new Uint8Array(Number(left)));
    }
    setTimeout(() => server.socket.shutdown("receive"), 1); // what comes is thrown away
    within(
      await spin([host, "wasi:io/streams#[method]output-stream.check-write", [client.output]], TO, ZERO),
    );
  }),
);

spins("receive of datagrams", async () => {
  const host = openHost();
  const [incoming] = boundUdp(host).stream(undefined);
  const [, outgoing] = boundUdp(host).stream(incoming.endpoint.localAddress());
  setTimeout(() => {
    outgoing.checkSend();
    outgoing.send([{ data: Buffer.from("x") }]);
  }, 1);
  const asked = [host, "wasi:sockets/udp#[method]incoming-datagram-stream.receive", [incoming]] as const;
  within(await spin(asked, `(i64.const 1) ${TO}`, NOTHING_LISTED));
  host.close();
});

spins("resolve-next-address", async () => {
  const host = openHost({
    resolver: () => new Promise((resolve) => setTimeout(() => resolve([loopback().val.address] as never), 1)),
  });
  const names = host.imports["wasi:sockets/ip-name-lookup"];
  const stream = names.resolveAddresses(network(host), "name.test");
  const asked = [
    host,
    "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.resolve-next-address",
    [stream],
  ] as const;
  within(await spin(asked, TO, wouldBlock(2)));
  host.close();
});

spins("what else the process does goes on while a guest asks for the time, or for what always is there", () =>
  withPair(async (host, [, server]) => {
    const pollable = server.output.subscribe();
    for (const [name, objects, condition] of [
      ["wasi:clocks/monotonic-clock#now", [], "(i32.const 1)"],
      ["wasi:io/poll#[method]pollable.ready", [pollable], "(local.get $result)"],
      ["wasi:io/poll#[method]pollable.block", [pollable], "(i32.const 1)"],
    ] as const) {
      let ticks = 0;
      const timer = setInterval(() => ticks++, 1);
      await spin([host, name, objects], "", condition, 500_000);
      clearInterval(timer);
      assert.ok(ticks > 1, `${name}: ${ticks} ticks`);
    }
    pollable[Symbol.dispose]();
  }),
);

spins("two guests that spin get on beside each other", async () => {
  const host = openHost();
  const server = listener(host);
  const client = tcp(host);
  client.startConnect(network(host), server.localAddress());
  const asked = await Promise.all([
    spin([host, "wasi:sockets/tcp#[method]tcp-socket.accept", [server]], TO, wouldBlock(4)),
    spin([host, "wasi:sockets/tcp#[method]tcp-socket.finish-connect", [client]], TO, wouldBlock(4)),
  ]);
  for (const one of asked) within(one);
  host.close();
});

spins("a round trip of two ends that spin takes no longer than some turns", () =>
  withPair(async (host, [client, server]) => {
    const read = (input: object): Promise<number> =>
      spin(
        [host, "wasi:io/streams#[method]input-stream.read", [input]],
        `(i64.const 100) ${TO}`,
        NOTHING_LISTED,
      );
    const say = ({ output }: Connected): void => put(output, Buffer.from("x"));
    for (let i = 0; i < 5; i++) {
      say(client);
      assert.ok((await read(server.input)) < 10_000);
      say(server);
      assert.ok((await read(client.input)) < 10_000);
    }
  }),
);

test.run();
