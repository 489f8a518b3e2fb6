/** Recordings: conversations of any protocol are replayed byte for byte without a network, and what is different is told. */
import { spawnSync } from "node:child_process";
import * as dgram from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nodeNetwork } from "../../host/network/node/index.ts";
import { type Library, onNetwork, type Sockaddr, type Socket } from "../../src/index.ts";
import { type Mask, type ReplayOptions, record, replay } from "../../src/testing/index.ts";
import { Program } from "../examples/support.ts";
import { freePort } from "../peers/ports.ts";
import { codeOf } from "./support.ts";

const test = suite("record and replay");
const folder = mkdtempSync(join(tmpdir(), "wasock-replay-"));

type Work = (own: Library) => Promise<string>;

/** Does something on the system's network, and gives what came of it, and the recording. */
async function recorded(work: Work, mask?: Mask): Promise<{ outcome: string; text: string }> {
  const parts: string[] = [];
  const network = record(
    nodeNetwork,
    { write: (text) => parts.push(text) },
    mask === undefined ? {} : { mask },
  );
  const own = onNetwork(network);
  const outcome = await work(own);
  own.closeAll();
  await new Promise((resolve) => setImmediate(resolve));
  network.close();
  return { outcome, text: parts.join("") };
}

/** Does it again on a recording, where nobody can reach the system's network. */
async function replayed(work: Work, text: string, options: ReplayOptions = {}): Promise<string> {
  const network = replay(text, options);
  const own = onNetwork(network);
  const { connect, _bind } = { connect: net.Socket.prototype.connect, _bind: dgram.Socket.prototype.bind };
  const refuse = (): never => {
    throw new Error("a replay reaches for the network");
  };
  net.Socket.prototype.connect = refuse;
  dgram.Socket.prototype.bind = refuse;
  try {
    const outcome = await work(own);
    own.closeAll();
    network.check();
    return outcome;
  } finally {
    net.Socket.prototype.connect = connect;
    dgram.Socket.prototype.bind = _bind;
  }
}

async function rest(socket: Socket): Promise<string> {
  const pieces: Buffer[] = [];
  for (let piece = await socket.receive(); piece.length > 0; piece = await socket.receive())
    pieces.push(piece);
  return Buffer.concat(pieces).toString("latin1");
}

/** Reads until what has come ends so. */
async function until(socket: Socket, end: string): Promise<string> {
  let text = "";
  while (!text.endsWith(end)) {
    const piece = await socket.receive();
    if (piece.length === 0) throw new Error(`the end came behind ${JSON.stringify(text)}`);
    text += piece.toString("latin1");
  }
  return text;
}

test("a page over HTTP, with its name", async () => {
  const server = http.createServer((_, response) =>
    response.end(`a page of ${process.hrtime.bigint()}\n`.repeat(5000)),
  );
  server.listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const work: Work = async (own) => {
    const [socket] = await own.Socket.openNetIo("localhost", port);
    await socket.send(Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    const page = await rest(socket);
    await socket.close();
    return page;
  };
  const { outcome, text } = await recorded(work);
  server.close();
  assert.is(outcome.length > 100_000, true);
  for (const options of [{}, { strict: true }, { keepTime: true }])
    assert.is(await replayed(work, text, options), outcome);
});

test("redis", async () => {
  if (spawnSync("redis-server", ["--version"]).status !== 0) {
    console.log("  skipped: there is no redis-server");
    return;
  }
  const port = await freePort();
  const server = new Program("redis-server", "--port", String(port), "--save", "", "--bind", "127.0.0.1");
  await server.says(/Ready to accept connections/);
  const work: Work = async (own) => {
    const [socket] = await own.Socket.openNetIo("127.0.0.1", port);
    const answers: string[] = [];
    for (const command of ["PING", "SET key value", "GET key", "INCR n", "INFO server", "QUIT"]) {
      await socket.send(Buffer.from(`${command}\r\n`));
      answers.push(await until(socket, "\r\n"));
    }
    answers.push(await rest(socket));
    await socket.close();
    return answers.join("");
  };
  const { outcome, text } = await recorded(work);
  await server.stop("SIGTERM");
  assert.match(outcome, "+PONG");
  assert.is(await replayed(work, text), outcome);
});

/** A server that speaks first, as SMTP, SSH and MySQL do. */
async function banner(work: (port: number) => Promise<void>): Promise<void> {
  const server = net.createServer((socket) => {
    socket.on("error", () => {}).write(Buffer.from([0x32, 0x30, 0, 255, 10]));
    socket.on("data", (bytes) => socket.write(`you said ${bytes}\n`));
    socket.on("end", () => socket.end("bye\n"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  await work((server.address() as net.AddressInfo).port);
  server.close();
}

const greeting =
  (port: number, said: string): Work =>
  async (own) => {
    const [socket] = await own.Socket.openNetIo("127.0.0.1", port);
    let all = await until(socket, "\n");
    await socket.send(Buffer.from(said));
    all += await until(socket, "\n");
    socket.shutdown("write");
    all += await rest(socket);
    await socket.close();
    return all;
  };

test("a server that speaks first, in bytes that are no text; a program that says something else is told where", () =>
  banner(async (port) => {
    const { outcome, text } = await recorded(greeting(port, "hello, and so on"));
    assert.is(outcome, "20\0\xff\nyou said hello, and so on\nbye\n");
    assert.match(text, '"base64":"MjAA/wo="');
    assert.match(text, '"text":"hello, and so on"');
    assert.is(await replayed(greeting(port, "hello, and so on"), text), outcome);
    const other = await replayed(greeting(port, "hello! and so on"), text).catch(({ code }) => code);
    assert.is(other, "ECONNRESET");
    const network = replay(text);
    await greeting(port, "hello! and so on")(onNetwork(network)).catch(() => {});
    const where = `connection 1 to 127.0.0.1:${port}: it sends "! and so on" where the recording has ", and so on", at byte 5`;
    assert.equal(network.differences, [where]);
    assert.throws(() => network.check(), `the program did something else than was recorded:\n${where}`);
  }));

test("what a program leaves out or adds is told", () =>
  banner(async (port) => {
    const { text } = await recorded(greeting(port, "hello"));
    const nothing = replay(text);
    assert.throws(() => nothing.check(), /connection 1 to .*: it is missing/);
    const early = replay(text);
    const [socket] = await onNetwork(early).Socket.openNetIo("127.0.0.1", port);
    await socket.receive();
    await socket.close();
    assert.throws(() => early.check(), /connection 1 to .*: it closes where the recording has "hello"/);
    const more = replay(text);
    const own = onNetwork(more);
    await greeting(port, "hello")(own);
    assert.is(await codeOf(own.Socket.openNetIo("127.0.0.1", port)), "ECONNREFUSED");
    assert.is(await codeOf(own.Socket.openNetIo("elsewhere.example", port)), "ENOENT");
    assert.equal(more.differences, [
      `it connects to 127.0.0.1:${port}, and the recording has no more of it`,
      "it looks elsewhere.example up, which the recording does not have",
    ]);
  }));

test("a server and its clients, what one says with what others do", async () => {
  const work: Work = async (own) => {
    const info = await own.getAddressInfo("127.0.0.1", 0);
    if (info === null) throw new Error("a literal has an address");
    const listener = await own.Socket.makeListenerSocket(info);
    const { port } = listener.getSocketName();
    const heard: string[] = [];
    // in a replay there are none: it has them
    const clients = isReplay ? Promise.resolve() : chat(port);
    const members: Socket[] = [];
    const serve = async (member: Socket): Promise<void> => {
      for (let bytes = await member.receive(); bytes.length > 0; bytes = await member.receive()) {
        heard.push(bytes.toString());
        for (const other of members) await other.send(Buffer.from(`${members.indexOf(member)}: ${bytes}`));
      }
      members.splice(members.indexOf(member), 1);
      await member.close();
    };
    const serving: Promise<void>[] = [];
    for (let i = 0; i < 2; i++) {
      const member = await listener.accept();
      members.push(member);
      serving.push(serve(member));
    }
    await Promise.all([clients, ...serving]);
    await listener.close();
    return heard.join();
  };
  const chat = async (port: number): Promise<void> => {
    const [one, two] = [net.connect(port, "127.0.0.1"), net.connect(port, "127.0.0.1")];
    await Promise.all([once(one, "connect"), once(two, "connect")]);
    one.write("first");
    await Promise.all([once(one, "data"), once(two, "data")]);
    two.write("second");
    await Promise.all([once(one, "data"), once(two, "data")]);
    two.end();
    await once(two.resume(), "close");
    one.write("third");
    await once(one, "data");
    one.end();
    await once(one.resume(), "close");
  };
  let isReplay = false;
  const { outcome, text } = await recorded(work);
  assert.is(outcome, "first,second,third");
  isReplay = true;
  for (const strict of [false, true]) assert.is(await replayed(work, text, { strict }), outcome);
});

test("datagrams, of who asks and of who is asked", async () => {
  const peer = dgram.createSocket("udp4");
  peer.bind(0, "127.0.0.1");
  await once(peer, "listening");
  peer.on("message", (bytes, { port }) => peer.send(`${bytes}!`, port, "127.0.0.1"));
  const { port } = peer.address();
  const address = async (own: Library, at: number): Promise<Sockaddr> =>
    (await own.getAddressInfo("127.0.0.1", at))?.address as Sockaddr;
  const client: Work = async (own) => {
    const socket = new own.Socket(2, 2);
    await socket.connect(await address(own, port));
    const answers: string[] = [];
    for (const word of ["one", "two", ""]) {
      await socket.send(Buffer.from(word));
      answers.push((await socket.receive()).toString());
    }
    await socket.close();
    return answers.join();
  };
  const asked = await recorded(client);
  assert.is(asked.outcome, "one!,two!,!");
  assert.is(await replayed(client, asked.text), asked.outcome);

  const own = await freePort();
  const server: Work = async (library) => {
    const socket = new library.Socket(2, 2);
    await socket.bind(await address(library, own));
    if (!isReplay) peer.send("ask", own, "127.0.0.1");
    const bytes = await socket.receive();
    await socket.close();
    return bytes.toString();
  };
  let isReplay = false;
  const served = await recorded(server);
  isReplay = true;
  assert.is(await replayed(server, served.text), "ask");
  peer.close();
});

test("a mask keeps secrets out of a recording, and a replay knows them again", () =>
  banner(async (port) => {
    const secret = greeting(port, "password=hunter2");
    const mask: Mask = (bytes, { direction, remote }) => {
      assert.is(remote, `127.0.0.1:${port}`);
      return direction === "send" ? bytes.toString().replace(/password=\S+/, "password=…") : bytes;
    };
    const { text } = await recorded(secret, mask);
    assert.match(text, '"what":"send","text":"password=…"');
    await replayed(secret, text, { mask });
    await replayed(greeting(port, "password=another"), text, { mask });
  }));

test("refusals and resets come again", async () => {
  const port = await freePort();
  const server = net.createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const reset = (server.address() as net.AddressInfo).port;
  const work: Work = async (own) => {
    const refused = await codeOf(own.Socket.openNetIo("127.0.0.1", port));
    const [socket] = await own.Socket.openNetIo("127.0.0.1", reset);
    await socket.send(Buffer.from("x"));
    const broken = await codeOf(socket.receive());
    await socket.close();
    return `${refused} ${broken}`;
  };
  const { outcome, text } = await recorded(work);
  server.close();
  assert.is(outcome, "ECONNREFUSED ECONNRESET");
  assert.is(await replayed(work, text), outcome);
});

test("a recording is lines of JSON, and what is none is told with its line", async () => {
  const file = join(folder, "lines.jsonl");
  const network = record(nodeNetwork, file);
  assert.is(await codeOf(onNetwork(network).Socket.openNetIo("127.0.0.1", await freePort())), "ECONNREFUSED");
  await new Promise((resolve) => setImmediate(resolve));
  network.close();
  const lines = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { what: string });
  assert.equal(
    lines.slice(1, 3).map(({ what }) => what),
    ["connect", "failed"],
  );
  const head = '{"wasock":"recording","version":1}\n';
  for (const [text, why] of [
    ["", /line 1 of the recording: a recording begins with/],
    ["{", /line 1 of the recording: /],
    ['{"wasock":"recording","version":2}', /its version is 2, and 1 is what is known here/],
    [`${head}[]`, /line 2 of the recording: it must be an object/],
    [`${head}{"at":0}`, /line 2 of the recording: it must say what happened/],
    [`${head}{"at":-1,"what":"send"}`, /at must be a number of milliseconds/],
    [`${head}{"at":0,"what":"send","text":1}`, /text must be a text/],
    [`${head}{"at":0,"what":"connect","remote":"there"}`, /there is not an address with a port/],
    [
      `${head}{"at":0,"what":"look-up","name":"a","addresses":["b"]}`,
      /addresses must be a list of addresses/,
    ],
  ] as const) {
    assert.throws(() => replay(text), why);
  }
  assert.throws(() => replay(head, { stricd: true } as object), /did you mean strict/);
  assert.throws(() => replay(head, { strict: 1 } as object), /strict must be a boolean/);
  assert.throws(() => record(nodeNetwork, join(folder, "no/such")), /ENOENT/);
  assert.throws(() => record(nodeNetwork, 1, { mask: 1 } as object), /mask must be a function/);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
