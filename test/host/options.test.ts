/** What becomes of the socket options of a guest: with the kernel as witness, with koffi and without. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost, type HostOptions } from "../../host/host.ts";
import { keepAliveTakesInterval } from "../../host/runtime/features.ts";
import { makeNativeOptions, nativeOptions } from "../../host/sockets/native-options.ts";
import type { TcpSocket } from "../../host/wasi02/tcp.ts";
import { freePort } from "../peers/ports.ts";
import { canAskKernel, kernelOption, kernelOptions } from "../src/support/kernel.ts";
import { accept, boundTcp, connect, drop, loopback, openHost, tcp, thrown } from "./support.ts";

const native = typeof nativeOptions() === "string" ? undefined : openHost({ options: "native" });
const plain = openHost({ options: "node" });
const canAsk = await canAskKernel();
const asked = canAsk && native !== undefined ? test : test.skip;
if (native === undefined) console.log(`without native options: ${nativeOptions()}`);

const script = fileURLToPath(new URL("../../../test/src/support/savedsyn.py", import.meta.url));

const SOL_SOCKET = 1;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;

/** What a guest sets, and where the kernel has it; buffers are doubled, socket(7). */
const settings: readonly [set: (socket: TcpSocket) => void, level: number, name: number, value: number][] = [
  [(socket) => socket.setKeepAliveIdleTime(33_000_000_000n), IPPROTO_TCP, 4, 33],
  [(socket) => socket.setKeepAliveInterval(7_000_000_000n), IPPROTO_TCP, 5, 7],
  [(socket) => socket.setKeepAliveCount(5), IPPROTO_TCP, 6, 5],
  [(socket) => socket.setReceiveBufferSize(40_000n), SOL_SOCKET, 8, 80_000],
  [(socket) => socket.setSendBufferSize(50_000n), SOL_SOCKET, 7, 100_000],
];

/** Sets everything, the hop limit by family. */
function setAll(socket: TcpSocket): void {
  for (const [set] of settings) set(socket);
  socket.setHopLimit(9);
}

/** Asserts that the kernel has all of it. */
function assertKernelHas(socket: TcpSocket): void {
  const { tag, val } = socket.localAddress();
  const hops = tag === "ipv4" ? [IPPROTO_IP, 2, 9] : [IPPROTO_IPV6, 16, 9];
  const wanted = [...settings.map(([, ...rest]) => rest), hops] as [number, number, number][];
  const has = kernelOptions(
    process.pid,
    val.port,
    wanted.map(([level, name]) => [level, name]),
  );
  assert.equal(
    has,
    wanted.map(([, , value]) => value),
    tag,
  );
}

for (const family of ["ipv4", "ipv6"] as const) {
  asked(`${family}: each option of a bound socket is in the kernel at once, and is read from it`, () => {
    if (native === undefined) return;
    const socket = boundTcp(native, loopback(0, family));
    setAll(socket);
    assertKernelHas(socket);
    assert.is(socket.hopLimit(), 9);
    assert.is(socket.receiveBufferSize(), 40_000n);
    assert.is(socket.sendBufferSize(), 50_000n);
    // the kernel has a limit of its own, and that is what is read
    socket.setReceiveBufferSize(0xffff_ffff_ffff_ffffn);
    assert.is(
      Number(socket.receiveBufferSize()) * 2,
      kernelOption(process.pid, socket.localAddress().val.port, SOL_SOCKET, 8),
    );
    socket[Symbol.dispose]();
  });

  asked(`${family}: what was set before connecting is in the first packet and in the kernel`, async () => {
    if (native === undefined) return;
    const address = family === "ipv4" ? "127.0.0.1" : "::1";
    const peer = spawn("python3", [script, address], { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
    const port = Number((await lines.next()).value);
    const socket = tcp(native, family);
    setAll(socket);
    const client = await connect(native, loopback(port, family), socket);
    assert.is((await lines.next()).value, "9");
    assertKernelHas(client.socket);
    drop(client);
    await once(peer, "exit");
  });

  asked(`${family}: an accepted socket has the options of its listener in the kernel`, async () => {
    if (native === undefined) return;
    const server = boundTcp(native, loopback(0, family));
    setAll(server);
    server.setKeepAliveEnabled(true);
    server.startListen();
    server.finishListen();
    const client = await connect(plain, server.localAddress());
    const accepted = await accept(server);
    // the kernel is asked by port, and the listener has the same
    server[Symbol.dispose]();
    assertKernelHas(accepted.socket);
    assert.is(kernelOption(process.pid, accepted.socket.localAddress().val.port, SOL_SOCKET, 9), 1);
    accepted.socket.setKeepAliveEnabled(false);
    accepted.socket.setKeepAliveEnabled(true);
    assertKernelHas(accepted.socket);
    drop(client);
    drop(accepted);
  });
}

(native === undefined ? test.skip : test)(
  "an option never reaches a descriptor that is not the socket's any more",
  async () => {
    if (native === undefined) return;
    const failed = boundTcp(native);
    failed.setHopLimit(7);
    failed.startConnect(
      native.imports["wasi:sockets/instance-network"].instanceNetwork(),
      loopback(await freePort()),
    );
    await failed.subscribe().block();
    assert.is(
      thrown(() => failed.finishConnect()),
      "connection-refused",
    );
    // takes the number that has become free
    const others = Array.from({ length: 4 }, () => boundTcp(native));
    const before = others.map((socket) => socket.hopLimit());
    assert.is(
      thrown(() => failed.setHopLimit(3)),
      "invalid-state",
    );
    assert.equal(
      others.map((socket) => socket.hopLimit()),
      before,
    );
    for (const socket of others) socket[Symbol.dispose]();
  },
);

test("without koffi what Node can't set is cut to what the kernel takes, kept, and told", async () => {
  const socket = boundTcp(plain);
  const { port } = socket.localAddress().val;
  socket.setHopLimit(9);
  socket.setReceiveBufferSize(40_000n);
  assert.is(socket.hopLimit(), 9);
  assert.is(socket.receiveBufferSize(), 40_000n);
  if (canAsk) assert.is.not(kernelOption(process.pid, port, IPPROTO_IP, 2), 9);
  const fidelity = plain.fidelity();
  for (const name of ["hop-limit", "receive-buffer-size", "send-buffer-size"] as const) {
    assert.is(fidelity[`tcp.${name}`], "remembered", name);
  }
  assert.is(fidelity["tcp.keep-alive-interval"], keepAliveTakesInterval ? "kernel" : "remembered");
  assert.is(fidelity["tcp.keep-alive-idle-time"], "kernel");
  assert.is(fidelity["udp.send-buffer-size"], "kernel");
  assert.is(fidelity["tcp.is-listening"], "computed");
  socket[Symbol.dispose]();
});

(native === undefined ? test.skip : test)("with koffi nothing is only remembered", () => {
  assert.not.ok(Object.values(native?.fidelity() ?? {}).includes("remembered"));
  assert.equal(createHost().fidelity(), native?.fidelity());
});

test("the way to the options is one of three", () => {
  assert.throws(
    () => createHost({ options: "fast" } as unknown as HostOptions),
    /options must be "auto", "native" or "node", and is "fast"/,
  );
});

test("what is missing for native options is said in a sentence", () => {
  const linux = { platform: "linux", arch: "x64" };
  const missing = makeNativeOptions(() => {
    throw Object.assign(new Error("Cannot find module 'koffi'"), { code: "MODULE_NOT_FOUND" });
  }, linux);
  assert.is(missing, "the package koffi is not installed: npm install koffi");
  const refused = makeNativeOptions(() => {
    throw Object.assign(new Error("no addons"), { code: "ERR_DLOPEN_DISABLED" });
  }, linux);
  assert.is(refused, "the package koffi does not load: no addons");
  for (const [platform, arch] of [
    ["win32", "x64"],
    ["linux", "mipsel"],
  ] as const) {
    const unknown = makeNativeOptions(() => assert.unreachable("it must not be loaded"), { platform, arch });
    assert.is(unknown, `the numbers of socket options are not known for ${platform} on ${arch}`);
  }
});

test.after(() => {
  native?.close();
  plain.close();
});

test.run();
