/** Captures: tshark reads each without a malformed packet, a wrong checksum, or a loss that there wasn't. */
import { execFileSync, spawnSync } from "node:child_process";
import * as dgram from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nodeNetwork } from "../../host/network/node/index.ts";
import { sumOf } from "../../host/network/pcap/checksum.ts";
import { type Library, onNetwork, type Sockaddr } from "../../src/index.ts";
import { createNetwork, type PcapOptions, pcap, withFaults } from "../../src/testing/index.ts";
import { codeOf } from "./support.ts";

const test = suite("pcap");
const folder = mkdtempSync(join(tmpdir(), "wasock-pcap-"));
const hasTshark = spawnSync("tshark", ["--version"]).status === 0;
if (!hasTshark) console.log("  skipped: there is no tshark");

const CHECKS = ["tcp", "udp", "ip"].flatMap((protocol) => ["-o", `${protocol}.check_checksum:TRUE`]);

/** What tshark says of a file: a line for each packet that a filter takes. */
function tshark(file: string, filter: string, ...fields: string[]): string[] {
  const shown = fields.length === 0 ? [] : ["-T", "fields", ...fields.flatMap((field) => ["-e", field])];
  const text = execFileSync("tshark", ["-n", "-r", file, ...CHECKS, "-Y", filter, ...shown], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 2 ** 28,
  });
  return text.split("\n").filter((line) => line !== "");
}

/** What no packet is to be. */
const WRONG =
  "_ws.malformed || tcp.analysis.flags || tcp.checksum.status==0 || udp.checksum.status==0 || ip.checksum.status==0 || _ws.expert.severity==error";

let files = 0;

/** The library on the system's network, captured; and what tshark is to look at. */
async function captured(work: (own: Library) => Promise<void>, options: PcapOptions = {}): Promise<string> {
  const file = join(folder, `${files++}.pcapng`);
  const network = pcap(nodeNetwork, file, options);
  const own = onNetwork(network);
  await work(own);
  own.closeAll();
  await new Promise((resolve) => setImmediate(resolve));
  network.close();
  if (hasTshark) assert.equal(tshark(file, WRONG), []);
  return file;
}

async function echoing(host: string, work: (port: number) => Promise<void>): Promise<void> {
  const server = net.createServer((socket) => socket.on("error", () => {}).pipe(socket));
  await once(server.listen(0, host), "listening");
  await work((server.address() as net.AddressInfo).port);
  server.close();
}

const ENDS = ["tcp.flags.str", "tcp.len"];

test("a conversation has its handshake, its bytes and its end, over IPv4 and IPv6", async () => {
  for (const host of ["127.0.0.1", "::1"]) {
    await echoing(host, async (port) => {
      const file = await captured(async (own) => {
        const [socket] = await own.Socket.openNetIo(host, port);
        await socket.send(Buffer.from("hello"));
        assert.is((await socket.receive()).toString(), "hello");
        socket.shutdown("write");
        assert.is((await socket.receive()).length, 0);
        await socket.close();
      });
      if (!hasTshark) return;
      const steps = tshark(file, "tcp", ...ENDS).map((line) => line.replace(/[·\t]/g, ""));
      assert.equal(steps, ["S0", "AS0", "A0", "AP5", "AP5", "AF0", "A0", "AF0", "A0"]);
      assert.is(tshark(file, "tcp.checksum.status==1").length, steps.length);
      const [first] = tshark(file, "frame.number==1", "frame.comment", "tcp.dstport", "tcp.options.mss_val");
      assert.match(first ?? "", new RegExp(`^socket \\d+\\t${port}\\t65495$`));
    });
  }
});

const MUCH = 5_000_001;

/** What was sent and came back in a capture, as tshark counts it. */
async function muchCaptured(host: string, options?: PcapOptions): Promise<string> {
  let file = "";
  await echoing(host, async (port) => {
    file = await captured(async (own) => {
      const [socket] = await own.Socket.openNetIo(host, port);
      const sending = socket.send(Buffer.alloc(MUCH, "abcdefg"));
      for (let got = 0; got < MUCH; ) got += (await socket.receive(200_000)).length;
      await sending;
      await socket.close();
    }, options);
    if (!hasTshark) return;
    const sum = (filter: string): number =>
      tshark(file, filter, "tcp.len").reduce((total, length) => total + Number(length), 0);
    assert.equal([sum(`tcp.dstport==${port}`), sum(`tcp.srcport==${port}`)], [MUCH, MUCH]);
  });
  return file;
}

test("much that is sent at once is cut where packets end, and followed to its last byte", async () => {
  for (const host of ["127.0.0.1", "::1"]) {
    const file = await muchCaptured(host, { snapLength: 262_144 });
    assert.is(readFileSync(file).length > 2 * MUCH, true);
    if (hasTshark) assert.is(tshark(file, "tcp.checksum.status!=1").length, 0);
  }
});

test("where nothing else is asked for, a MiB of each direction is kept, and then headers", async () => {
  for (const host of ["127.0.0.1", "::1"]) {
    const file = await muchCaptured(host);
    const { length } = readFileSync(file);
    assert.is(length > 2 ** 21 && length < 2 ** 21 + 300_000, true, `${length} bytes`);
    if (!hasTshark) continue;
    const cut = tshark(file, 'frame.comment contains "from here on only headers are kept"', "tcp.seq");
    assert.is(cut.length, 2);
    assert.ok(cut.every((sequence) => Number(sequence) > 2 ** 20));
  }
});

test("a UDP socket likewise, whoever its peers are", async () => {
  const peers = await Promise.all(
    ["a", "b"].map(async () => {
      const peer = dgram.createSocket("udp4").bind(0, "127.0.0.1");
      await once(peer, "listening");
      peer.on("message", (bytes, { port }) => peer.send(bytes, port, "127.0.0.1"));
      return peer;
    }),
  );
  const file = await captured(async (own) => {
    const socket = new own.Socket(2, 2);
    for (let i = 0; i < 60; i++) {
      const { port } = (peers[i % 2] as dgram.Socket).address();
      const to = (await own.getAddressInfo("127.0.0.1", port))?.address as Sockaddr;
      await socket.send(Buffer.alloc(40_000, "u"), { to });
      const bytes = await socket.receive(65_507);
      assert.is(bytes.length, 40_000);
    }
    await socket.close();
  });
  for (const peer of peers) peer.close();
  const { length } = readFileSync(file);
  assert.is(length > 2 ** 21 && length < 2 ** 21 + 120_000, true, `${length} bytes`);
  if (!hasTshark) return;
  assert.equal([...new Set(tshark(file, "udp", "udp.length"))], ["40008"]);
  assert.is(tshark(file, "udp").length, 120);
});

test("who listens has it likewise; a refusal and a reset are told by RST", async () => {
  const file = await captured(async (own) => {
    const info = await own.getAddressInfo("127.0.0.1", 0);
    if (info === null) throw new Error("a literal has an address");
    const listener = await own.Socket.makeListenerSocket(info);
    const { port } = listener.getSocketName();
    const peer = net.connect(port, "127.0.0.1");
    const socket = await listener.accept();
    peer.write("x");
    await socket.receive();
    peer.resetAndDestroy();
    assert.is(await codeOf(socket.receive()), "ECONNRESET");
    await socket.close();
    await listener.close();
    assert.is(await codeOf(own.Socket.openNetIo("127.0.0.1", port)), "ECONNREFUSED");
  });
  if (!hasTshark) return;
  const steps = tshark(file, "tcp", ...ENDS).map((line) => line.replace(/[·\t]/g, ""));
  assert.equal(steps, ["S0", "AS0", "A0", "AP1", "AR0", "S0", "AR0"]);
});

test("datagrams go both ways, the empty one and the largest too", async () => {
  const peer = dgram.createSocket("udp4");
  peer.bind(0, "127.0.0.1");
  await once(peer, "listening");
  peer.on("message", (bytes, { port }) => peer.send(bytes, port, "127.0.0.1"));
  const file = await captured(async (own) => {
    const to = (await own.getAddressInfo("127.0.0.1", peer.address().port))?.address as Sockaddr;
    const socket = new own.Socket(2, 2);
    await socket.connect(to);
    for (const size of [0, 1, 1000, 65_507]) {
      await socket.send(Buffer.alloc(size, "u"));
      assert.is((await socket.receive(65_507)).length, size);
    }
    await socket.close();
  });
  peer.close();
  if (!hasTshark) return;
  const lengths = tshark(file, "udp.checksum.status==1", "udp.length").map(Number);
  assert.equal(
    lengths,
    [0, 0, 1, 1, 1000, 1000, 65_507, 65_507].map((size) => size + 8),
  );
});

test("names are those that were looked up", async () => {
  const file = await captured(async (own) => {
    await codeOf(own.Socket.openNetIo("localhost", 1));
  });
  if (!hasTshark) return;
  const text = execFileSync("tshark", ["-r", file, "-Nn"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  assert.match(text, "localhost");
});

test("of a packet no more is kept than is asked for", () =>
  echoing("127.0.0.1", async (port) => {
    const file = await captured(
      async (own) => {
        const [socket] = await own.Socket.openNetIo("127.0.0.1", port);
        await socket.send(Buffer.alloc(10_000, "x"));
        await socket.receive();
        await socket.close();
      },
      { snapLength: 100 },
    );
    assert.is(readFileSync(file).length < 3000, true);
    if (!hasTshark) return;
    assert.equal(tshark(file, `tcp.dstport==${port} && tcp.len>0`, "frame.cap_len", "frame.len"), [
      "100\t10040",
    ]);
  }));

test("a network in memory is captured in its time, the same each time, with faults before it or behind", async () => {
  const once = async (): Promise<[Buffer, string]> => {
    const network = createNetwork({ seed: 7, link: { latency: 5, loss: 0.1 } });
    const file = join(folder, `${files++}.pcapng`);
    const server = network.host("server");
    const info = await server.net.getAddressInfo(null, 7);
    if (info === null) throw new Error("the wildcard has an address");
    const listener = await server.net.Socket.makeListenerSocket(info);
    const capture = pcap(withFaults(network.host("client").network, [{ slice: 300 }], 1), file);
    const [near] = await onNetwork(capture).Socket.openNetIo("server", 7);
    const far = await listener.accept();
    await far.send(Buffer.alloc(10_000, "m"));
    for (let got = 0; got < 10_000; ) got += (await near.receive()).length;
    await near.close();
    await network.idle();
    capture.close();
    return [readFileSync(file), file];
  };
  const [[bytes, file], [again]] = [await once(), await once()];
  // which number a socket has, which the first packet tells, is the process's
  const behindFirst = (capture: Buffer): Buffer => {
    let at = 0;
    for (let blocks = 0; blocks < 4; blocks++) at += capture.readUInt32BE(at + 4);
    return capture.subarray(at);
  };
  assert.is(behindFirst(bytes).length > 10_000, true);
  assert.equal(behindFirst(bytes), behindFirst(again));
  if (!hasTshark) return;
  assert.equal(tshark(file, WRONG), []);
  const [time] = tshark(file, "frame.number==1", "frame.time_epoch");
  assert.match(time ?? "", /^1893456000\.0/);
});

test("a file that can't be made or written is told", async () => {
  assert.throws(() => pcap(nodeNetwork, join(folder, "no/such")), /ENOENT/);
  assert.throws(() => pcap(nodeNetwork, 1, { snaplength: 1 } as object), /did you mean snapLength/);
  assert.throws(() => pcap(nodeNetwork, 1, { snapLength: 1 }), /snapLength must be a whole number from 68/);
  assert.throws(
    () => pcap(nodeNetwork, {} as never),
    /target must be a path, a descriptor or something with write/,
  );
  const warned = once(process, "warning");
  const capture = pcap(nodeNetwork, {
    write: () => {
      throw new Error("no space left");
    },
  });
  const own = onNetwork(capture);
  await echoing("127.0.0.1", async (port) => {
    const [socket] = await own.Socket.openNetIo("127.0.0.1", port);
    await socket.send(Buffer.from("goes on"));
    capture.close();
    assert.is((await socket.receive()).toString(), "goes on");
    await socket.close();
  });
  const [{ message }] = (await warned) as [Error];
  assert.is(message, "the capture ends here, as it can't be written: no space left");
});

test("sums are right wherever bytes begin and end", () => {
  const memory = new Uint8Array(64).map((_, i) => (i * 151 + 77) & 255);
  for (let from = 0; from < 8; from++) {
    for (let to = from; to < 64; to++) {
      const bytes = memory.subarray(from, to);
      let slow = 0;
      bytes.forEach((byte, i) => {
        slow += i % 2 === 0 ? byte * 256 : byte;
      });
      while (slow > 0xffff) slow = (slow & 0xffff) + (slow >>> 16);
      assert.is(sumOf(bytes), slow, `${from} to ${to}`);
    }
  }
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
