/** The files of a new project, by its template. */

const CLIENT = `// Asks a server for a page over HTTP, and prints the first line of its answer.

import { args, exit, InputPort, OutputPort, print, printError, withNetIo } from "wasock/assembly";

const given = args();
const host = given.length > 1 ? given[1] : "localhost";
const port = given.length > 2 ? given[2] : "http";

function greet(input: InputPort, output: OutputPort): string {
  output.writeString(\`GET / HTTP/1.0\\r\\nHost: \${host}\\r\\n\\r\\n\`);
  output.flush();
  const line = input.readLine();
  return line !== null ? line : "";
}

const answer = withNetIo<string>(host, port, greet);
if (answer.length) {
  print(\`\${host} says \${answer}\`);
} else {
  printError(\`\${host} says nothing\`);
  exit(1);
}
`;

const CLIENT_TEST = `import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);

test("prints what a server says", async () => {
  const server = createServer((request, response) => response.end("hello"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address();
  try {
    const wasock = ["wasock", "run", \`--allow-net=127.0.0.1:\${port}\`, "build/main.wasm"];
    const { stdout } = await run("npx", [...wasock, "127.0.0.1", String(port)]);
    assert.equal(stdout, "127.0.0.1 says HTTP/1.1 200 OK\\n");
  } finally {
    server.close();
  }
});
`;

const SERVER = `// Answers whoever connects with what they send, in capitals: one client after the other.

import { accept, args, close, getAddressInfo, getSocketName, makeListenerSocket } from "wasock/assembly";
import { print, receive, send, sockaddrPort, Socket } from "wasock/assembly";

function serve(client: Socket): void {
  for (let bytes = receive(client, 65536); bytes && bytes.length; bytes = receive(client, 65536)) {
    send(client, Uint8Array.wrap(String.UTF8.encode(String.UTF8.decode(bytes.slice().buffer).toUpperCase())));
  }
  close(client);
}

function main(): void {
  const given = args();
  const port = given.length > 1 ? given[1] : "8080";
  const address = getAddressInfo("127.0.0.1", port);
  if (!address) throw new Error("no such port: " + port);
  const listener = makeListenerSocket(address);
  print("listening on port " + sockaddrPort(getSocketName(listener)!).toString());
  for (let client = accept(listener); client; client = accept(listener)) serve(client);
}

main();
`;

const LOOP = `// Answers requests over HTTP, of thousands of clients at a time: what it remembers of one stands in the fields of a class.

import { args, Connection, getAddressInfo, getSocketName, Loop, makeListenerSocket } from "wasock/assembly";
import { print, sockaddrPort } from "wasock/assembly";

class Greeter extends Connection {
  private asked: string = "";

  onOpen(): void {
    this.deadline(10);
  }

  onData(bytes: Uint8Array): void {
    this.asked += String.UTF8.decode(bytes.buffer);
    if (!this.asked.includes("\\r\\n\\r\\n")) return;
    this.writeString("HTTP/1.1 200 OK\\r\\nContent-Length: 7\\r\\nConnection: close\\r\\n\\r\\nHello!\\n");
    this.end();
  }
}

function main(): void {
  const given = args();
  const port = given.length > 1 ? given[1] : "8080";
  const address = getAddressInfo("127.0.0.1", port);
  if (!address) throw new Error("no such port: " + port);
  const loop = new Loop();
  const listener = makeListenerSocket(address, 1024);
  loop.serve(listener, () => new Greeter());
  print("listening on port " + sockaddrPort(getSocketName(listener)!).toString());
  loop.run();
}

main();
`;

/** The test of a server: what it is asked, and what it answers. */
function serverTest(name: string, sent: string, answered: string): string {
  return `import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { test } from "node:test";

test("${name}", async () => {
  const wasock = ["wasock", "run", "--allow-listen=127.0.0.1", "build/main.wasm", "0"];
  const server = spawn("npx", wasock, { detached: true });
  try {
    const [line] = await once(createInterface(server.stdout), "line");
    const client = connect(Number(line.match(/port (\\d+)/)[1]), "127.0.0.1");
    client.end(${JSON.stringify(sent)});
    let answer = "";
    for await (const text of client.setEncoding("utf8")) answer += text;
    assert.match(answer, ${answered});
  } finally {
    process.kill(-server.pid);
  }
});
`;
}

const WIT = `package example:plugin@0.1.0;

interface greeting {
  greet: func(name: string) -> string;
}

world plugin {
  /// What the program's own parts import: what is not used is left out of the component.
  include wasi:cli/imports@0.2.12;
  export greeting;
}
`;

const COMPONENT = `// A component for the WIT of plugin.wit: strings are a pointer and a length, a result that fits no register an address.

import { freeList, liftString, lowerString } from "wasock/assembly/abi";

// @ts-ignore: decorator
@witExport("example:plugin/greeting@0.1.0#greet")
export function greet(name: usize, length: usize): usize {
  const result = heap.alloc(8);
  lowerString(result, "Hello, " + liftString(name, length) + "!");
  return result;
}

// Called when the result has been read.
// @ts-ignore: decorator
@witExport("cabi_post_example:plugin/greeting@0.1.0#greet")
export function freeGreeting(result: usize): void {
  freeList(result);
  heap.free(result);
}
`;

const COMPONENT_TEST = `import { transpileBytes } from "@bytecodealliance/jco-transpile";
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

test("greets", async () => {
  // jco makes a module of it, which finds WASI in wasock
  const map = Object.fromEntries(
    ["cli", "clocks", "filesystem", "io", "random", "sockets"].map((name) => [
      \`wasi:\${name}/*\`,
      \`wasock/host/sync/\${name}#*\`,
    ]),
  );
  const { files } = await transpileBytes(readFileSync("build/main.wasm"), { name: "main", map });
  for (const [name, bytes] of Object.entries(files)) {
    const path = join("build/js", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  const { greeting } = await import("../build/js/main.js");
  assert.equal(greeting.greet("wasock"), "Hello, wasock!");
});
`;

const SCENARIO = `// A client that tries again until it has all its answers, whatever happens to the server: "npm start" tries a thousand seeds.

const PORT = 7;

async function server({ net }) {
  const listener = await net.Socket.makeListenerSocket(await net.getAddressInfo(null, PORT));
  for await (const socket of listener.connections()) {
    const question = await socket.receive(100, { timeoutMs: 1000 }).catch(() => undefined);
    if (question !== undefined) await socket.send(question).catch(() => {});
    await socket.close();
  }
}

async function client({ net, state, sleep }) {
  while (state.answers < 5) {
    let socket;
    try {
      [socket] = await net.Socket.openNetIo("server", PORT);
      await socket.send(Buffer.from("hello"));
      const answer = await socket.receive(100, { timeoutMs: 1000 });
      if (answer.toString() === "hello") state.answers++;
    } catch {
      await sleep(100);
    } finally {
      await socket?.close();
    }
  }
}

export const scenario = {
  link: { latency: 10, jitter: 10, loss: 0.05 },
  state: () => ({ answers: 0 }),
  hosts: { server: { run: server, serves: true }, client: { run: client, at: 5 } },
  faults: (dice) => [{ at: dice.below(1000), crash: "server", for: 500 }],
  atEnd({ state }) {
    if (state.answers !== 5) throw new Error(\`\${state.answers} answers\`);
  },
};
`;

const SCENARIO_TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "wasock/testing";
import { scenario } from "../scenario.js";

test("holds with each of many seeds", async () => {
  const { failure } = await simulate(scenario, { seeds: 20 });
  assert.equal(failure, undefined);
});
`;

/** What differs between templates. */
interface Template {
  /** Path in the project → text. */
  readonly files: readonly (readonly [path: string, text: string])[];
  /** More options of `wasock build`. */
  readonly build?: string;
  /** What `npm start` runs; `undefined` for what is no program. */
  readonly start?: string;
  /** Whether it is of JavaScript alone, and nothing is built. */
  readonly isPlain?: true;
}

const TEMPLATES: Readonly<Record<string, Template>> = {
  client: {
    files: [
      ["main.ts", CLIENT],
      ["test/main.test.js", CLIENT_TEST],
    ],
    start: "wasock run --allow-net=example.com:80 build/main.wasm example.com 80",
  },
  server: {
    files: [
      ["main.ts", SERVER],
      ["test/main.test.js", serverTest("answers in capitals", "hello", "/^HELLO$/")],
    ],
    start: "wasock run --allow-listen=127.0.0.1:8080 build/main.wasm 8080",
  },
  loop: {
    files: [
      ["main.ts", LOOP],
      ["test/main.test.js", serverTest("greets over HTTP", "GET / HTTP/1.0\r\n\r\n", "/200 OK.*Hello!/s")],
    ],
    start: "wasock run --allow-listen=127.0.0.1:8080 build/main.wasm 8080",
  },
  component: {
    files: [
      ["plugin.wit", WIT],
      ["main.ts", COMPONENT],
      ["test/main.test.js", COMPONENT_TEST],
    ],
    build: " --wit plugin.wit --world plugin",
  },
  simulation: {
    files: [
      ["scenario.js", SCENARIO],
      ["test/scenario.test.js", SCENARIO_TEST],
    ],
    start: "wasock simulate scenario.js --seeds 1000",
    isPlain: true,
  },
};

/** The names of the templates. */
export const templates: readonly string[] = Object.keys(TEMPLATES);

/** The packages that a project needs besides this one, in the versions that this one was made with. */
const PEERS = { assemblyscript: "^0.28.20", "@bytecodealliance/jco-transpile": "^0.15.0" };

/** What someone has to install whose package.json is not ours. */
export const INSTALL: string = `npm install --save-dev wasock ${Object.keys(PEERS).join(" ")}`;

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * Makes the files of a new project.
 *
 * @param template one of {@link templates}
 * @param name the project's
 * @param version this package's
 * @returns path in the project → text
 */
export function projectFiles(template: string, name: string, version: string): ReadonlyMap<string, string> {
  const { files, build = "", start, isPlain } = TEMPLATES[template] as Template;
  const head = { name, version: "0.0.0", private: true, type: "module" };
  const own = { wasock: `^${version}` };
  if (isPlain === true) {
    const scripts = { start, test: "node --test" };
    return new Map([
      ["package.json", json({ ...head, scripts, devDependencies: own })],
      [".gitignore", "node_modules/\n"],
      ...files,
    ]);
  }
  return new Map([
    [
      "package.json",
      json({
        ...head,
        scripts: {
          build: `wasock build main.ts${build} -o build/main.wasm`,
          ...(start !== undefined && { start: `npm run build && ${start}` }),
          test: "npm run build && node --test",
        },
        devDependencies: { ...PEERS, ...own },
      }),
    ],
    ["asconfig.json", json({ extends: "wasock/asconfig.json" })],
    // for editors: AssemblyScript's types in place of JavaScript's
    ["tsconfig.json", json({ extends: "assemblyscript/std/assembly.json", include: ["*.ts"] })],
    [".gitignore", "node_modules/\nbuild/\n"],
    ...files,
  ]);
}
