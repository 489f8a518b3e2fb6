/** `wasock build`, as a user of AssemblyScript runs it, and what its components do in Wasmtime. */
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runCommand } from "../sides/command.ts";
import { findPython } from "../sides/wasmtime.ts";
import "./cached-asc.ts";
import { buildIn, project } from "./build-in.ts";
import { cachedAsc } from "./project.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const python = findPython();
const test = suite("wasock build");
const inWasmtime = "reason" in python ? test.skip : test;
if ("reason" in python) console.log(`nothing is run in Wasmtime: ${python.reason}`);

function wasock(folder: string, ...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [cachedAsc, cli, ...args], { cwd: folder, encoding: "utf8" });
}

const hello = `
import { print, withNetIo, args } from "wasock/assembly";

const port = args()[1];
withNetIo<void>("127.0.0.1", port, (input, output) => {
  output.writeString("GET /hello HTTP/1.0\\r\\n\\r\\n");
  output.flush();
  for (let line = input.readLine(); line !== null; line = input.readLine()) print(line);
});
`;

test("--wasi tells the version of WASI: 0.3 makes a command that exports nothing of 0.2", async () => {
  await project(
    { "main.ts": 'import { print } from "wasock/assembly";\nprint("there");\n' },
    async (folder) => {
      const built = await buildIn(folder, "main.ts", "--wasi", "0.3", "-o", "app.wasm");
      assert.is(built.status, 0, built.stderr);
      const text = readFileSync(join(folder, "app.wasm"), "latin1");
      assert.ok(text.includes("wasi:cli/run@0.3.0") && text.includes("wasi:cli/stdout@0.3.0"));
      assert.not.ok(text.includes("@0.2."), "it has something of 0.2 too");
      const wrong = await buildIn(folder, "main.ts", "--wasi", "0.4");
      assert.match(wrong.stderr, /--wasi 0\.4: a program can be built for WASI 0\.2 or 0\.3/);
    },
  );
});

inWasmtime("a program's component talks to a server, and has at most 40,000 bytes", async () => {
  const server = createServer((request, response) => response.end(`you asked for ${request.url}\n`));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await project({ "main.ts": hello }, async (folder) => {
      const built = wasock(folder, "build", "main.ts", "-o", "app.wasm");
      assert.is(built.status, 0, built.stderr);
      const { size } = statSync(join(folder, "app.wasm"));
      assert.ok(size <= 40_000, `${size} bytes`);
      const { code, stdout, stderr } = await runCommand(join(folder, "app.wasm"), [String(port)]);
      assert.is(code, 0, stderr);
      assert.match(stdout, /^HTTP\/1\.1 200 OK\n(.*\n)+you asked for \/hello\n$/);
    });
  } finally {
    server.close();
  }
});

inWasmtime(
  "an ordinary program runs: console, Date, Math.random, arguments, environment, input",
  async () => {
    const source = `
    import { args, variable, stdin, printError, monotonicNow, sleep, now } from "wasock/assembly";
    console.log("log " + args().slice(1).join(","));
    console.error("error " + (variable("WASOCK_TEST") as string));
    const one = Math.random();
    assert(one >= 0 && one < 1 && one != Math.random());
    assert(abs(Date.now() - now()) < 1000);
    const start = monotonicNow();
    sleep(0.05);
    assert(monotonicNow() - start >= 50_000_000);
    const bytes = new Uint8Array(32);
    crypto.getRandomValues(bytes);
    assert(bytes.some((byte) => byte != 0));
    const first = stdin().readLine();
    printError("first " + (first as string));
    console.log("rest " + String.UTF8.decode(stdin().readAll().slice(0).buffer));
  `;
    await project({ "main.ts": source }, async (folder) => {
      assert.is((await buildIn(folder, "main.ts", "--debug")).status, 0);
      const long = "x".repeat(100_000);
      const { code, stdout, stderr } = await runCommand(join(folder, "main.wasm"), ["a", "ü b"], {
        env: { WASOCK_TEST: "yes" },
        input: `one\r\n${long}`,
      });
      assert.is(stderr, "error yes\nfirst one\n");
      assert.is(stdout, `log a,ü b\nrest ${long}\n`);
      assert.is(code, 0);
    });
  },
);

inWasmtime("a thrown error prints its message and its place, and the exit code is 1", async () => {
  const source = `import { makeListenerSocket, makeAddressInfo } from "wasock/assembly";
function fail(): void {
  throw new Error("no luck");
}
fail();
makeListenerSocket(makeAddressInfo(2, 1, 6));
`;
  await project({ "main.ts": source }, async (folder) => {
    assert.is((await buildIn(folder, "main.ts", "--debug")).status, 0);
    const { code, stderr } = await runCommand(join(folder, "main.wasm"), []);
    assert.is(stderr, "Error: no luck\n    at main.ts:3:3\n");
    assert.is(code, 1);
  });
});

inWasmtime("with --debug a program that imports nothing prints it too", async () => {
  await project({ "main.ts": 'throw new Error("at once");' }, async (folder) => {
    assert.is((await buildIn(folder, "main.ts", "--debug")).status, 0);
    const { stderr, code } = await runCommand(join(folder, "main.wasm"), []);
    assert.is(stderr, "Error: at once\n    at main.ts:1:1\n");
    assert.is(code, 1);
  });
});

inWasmtime("exit ends the program with success or failure", async () => {
  const source = `import { args, exit } from "wasock/assembly"; exit(i32.parse(args()[1])); unreachable();`;
  await project({ "main.ts": source }, async (folder) => {
    assert.is((await buildIn(folder, "main.ts", "--debug")).status, 0);
    for (const [code, wanted] of [
      [0, 0],
      [1, 1],
      [3, 1],
    ]) {
      assert.is((await runCommand(join(folder, "main.wasm"), [String(code)])).code, wanted);
    }
  });
});

inWasmtime("collections take what is dropped, also by the library, and nothing that is held", async () => {
  const source = `
    import { openSocketPair, receive, receiveInto, send, Socket, print } from "wasock/assembly";

    function check(text: string, wanted: string): void {
      if (text != wanted) throw new Error(text + " instead of " + wanted);
    }

    class Held {
      constructor(public text: string) {}
    }

    function round(pair: StaticArray<Socket>, held: Held, number: i32): Held {
      const message = Uint8Array.wrap(String.UTF8.encode("message " + number.toString()));
      send(pair[0], message);
      const answer = receive(pair[1], 1000) as Uint8Array;
      check(String.UTF8.decode(answer.slice().buffer), "message " + number.toString());
      return number & 1023 ? held : new Held(held.text + "!");
    }

    const pair = openSocketPair() as StaticArray<Socket>;
    function main(): void {
      let held = new Held("kept");
      for (let i = 0; i < 100_000; i++) held = round(pair, held, i);
      check(held.text, "kept" + "!".repeat(98));
      const byte = new Uint8Array(1);
      for (let i = 0; i < 300_000; i++) {
        send(pair[0], byte); // nothing but the library's own objects
        receiveInto(pair[1], byte);
      }
    }
    main();
    print(memory.size().toString());
  `;
  await project({ "main.ts": source }, async (folder) => {
    assert.is((await buildIn(folder, "main.ts")).status, 0);
    const { code, stdout, stderr } = await runCommand(join(folder, "main.wasm"), []);
    assert.is(stderr, "");
    assert.is(code, 0);
    assert.ok(Number(stdout) <= 8, `it has grown to ${stdout} pages`);
  });
});

test("compile errors come as asc prints them, with the user's file and line, and the exit code is 1", async () => {
  await project(
    { "main.ts": 'import { print } from "wasock/assembly";\nprint(1 + true);\nnope();\n' },
    (folder) => {
      const { status, stderr } = wasock(folder, "build", "main.ts");
      assert.is(status, 1);
      assert.match(stderr, /TS2304: Cannot find name 'nope'/);
      assert.match(stderr, /in main\.ts\(3,1\)/);
      assert.not(existsSync(join(folder, "main.wasm")));
    },
  );
});

test("what no component has is refused by name", async () => {
  await project({ "main.ts": "console.log(process.argv[0]); trace(Reflect.has.name);" }, async (folder) => {
    const { status, stderr } = await buildIn(folder, "main.ts");
    assert.is(status, 1);
    assert.ok(stderr.length > 0);
  });
  const own =
    '// @ts-ignore: decorator\n@external("env", "own.thing") declare function thing(): void; thing();';
  await project({ "main.ts": own }, async (folder) => {
    const { status, stderr } = await buildIn(folder, "main.ts");
    assert.is(status, 1);
    assert.match(stderr, /a component has no own\.thing/);
  });
});

test("--core writes the core module, --debug a source map too", async () => {
  await project({ "main.ts": hello }, async (folder) => {
    assert.is((await buildIn(folder, "main.ts", "--core", "-o", "sub/core.wasm")).status, 0);
    // the version of a core module is 1, that of a component 13 in layer 1
    assert.equal([...readFileSync(join(folder, "sub/core.wasm")).subarray(4, 8)], [1, 0, 0, 0]);
    assert.is((await buildIn(folder, "main.ts", "--debug")).status, 0);
    assert.equal([...readFileSync(join(folder, "main.wasm")).subarray(4, 8)], [13, 0, 1, 0]);
    const map = JSON.parse(readFileSync(join(folder, "main.wasm.map"), "utf8")) as { sources: string[] };
    assert.ok(map.sources.includes("main.ts"), String(map.sources));
    const debug = readFileSync(join(folder, "main.wasm")).toString("latin1");
    assert.match(debug, /start:main~anonymous\|0/); // the name of a function of the user's
    assert.match(debug, /sourceMappingURL.{1,3}main\.wasm\.map/s);
    assert.ok(statSync(join(folder, "sub/core.wasm")).size < 50_000);
  });
});

test("--wit and --world make a component of the user's own exports", async () => {
  const wit = (more = ""): string => `
    package test:plugin@0.1.0;
    interface math { double: func(number: u32) -> u32; ${more} }
    world plugin { include wasi:cli/imports@0.2.12; export math; }
  `;
  const source = `
    // @ts-ignore: decorator
    @witExport("test:plugin/math@0.1.0#double")
    export function double(number: u32): u32 {
      if (number > 1000) throw new Error("too many");
      return 2 * number;
    }
  `;
  const files = { "main.ts": source, "a.wit": wit(), "b.wit": wit("more: func();") };
  await project(files, async (folder) => {
    const built = await buildIn(folder, "main.ts", "--wit", "a.wit", "--world", "plugin");
    assert.is(built.status, 0, built.stderr);
    const bytes = readFileSync(join(folder, "main.wasm"));
    assert.match(bytes.toString("latin1"), /test:plugin\/math@0\.1\.0/);
    assert.not.match(bytes.toString("latin1"), /wasi:sockets/); // what is not used is not asked for
    for (const [args, message, code] of [
      [["--wit", "b.wit", "--world", "plugin"], /the program and its WIT don't fit: .*more/s, 1],
      [["--wit", "a.wit", "--world", "nope"], /the program and its WIT don't fit: .*nope/s, 1],
      [["--wit", "c.wit", "--world", "plugin"], /c\.wit: there is no such file/, 2],
    ] as const) {
      const { status, stderr } = await buildIn(folder, "main.ts", ...args);
      assert.match(stderr, message);
      assert.not.match(stderr, /\n\s+at /);
      assert.is(status, code);
    }
    // a folder of WIT may hold other files, and packages of its own
    mkdirSync(join(folder, "wit/deps/more"), { recursive: true });
    writeFileSync(join(folder, "wit/notes.md"), "what this is\n");
    writeFileSync(
      join(folder, "wit/plugin.wit"),
      wit().replace("export", "import test:more/api@1.0.0; export"),
    );
    writeFileSync(
      join(folder, "wit/deps/more/more.wit"),
      "package test:more@1.0.0; interface api { f: func(); }",
    );
    const ofFolder = await buildIn(
      folder,
      "main.ts",
      "--wit",
      "wit",
      "--world",
      "plugin",
      "-o",
      "folder.wasm",
    );
    assert.is(ofFolder.status, 0, ofFolder.stderr);
    assert.match(readFileSync(join(folder, "folder.wasm"), "latin1"), /test:plugin\/math@0\.1\.0/);
  });
});

inWasmtime("an asconfig.json counts: a program may do without a collector", async () => {
  const files = { "main.ts": hello, "asconfig.json": '{ "options": { "runtime": "minimal" } }' };
  await project(files, async (folder) => {
    assert.is((await buildIn(folder, "main.ts")).status, 0);
    assert.ok(statSync(join(folder, "main.wasm")).size < 37_000);
    const { stderr, code } = await runCommand(join(folder, "main.wasm"), ["1"]);
    assert.match(stderr, /connect 127\.0\.0\.1:1: connection refused/);
    assert.is(code, 1);
  });
});

test("wrong arguments are told in a sentence, and the exit code is 2", async () => {
  await project({ "main.ts": "" }, (folder) => {
    for (const [args, message] of [
      [["build"], /takes one file/],
      [["build", "a.ts", "b.ts"], /takes one file/],
      [["build", "a.ts"], /a\.ts: there is no such file/],
      [["build", "main.ts", "--world", "x"], /--wit and --world go together/],
      [["build", "main.ts", "--nope"], /--nope/],
      [["nope"], /no command nope/],
    ] as const) {
      const { status, stderr } = wasock(folder, ...args);
      assert.match(stderr, message);
      assert.not.match(stderr, /\n\s+at /);
      assert.is(status, 2, args.join(" "));
    }
  });
});

test("it tells the file, its size and the time; with --watch again after a change, also after a mistake", async () => {
  await project({ "main.ts": 'console.log("one");', "other.ts": "export const two = 2;" }, async (folder) => {
    const child = spawn(process.execPath, [cachedAsc, cli, "build", "main.ts", "--core", "--watch"], {
      cwd: folder,
    });
    const start = performance.now();
    let said = "";
    let heard = (): void => {};
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        heard();
      });
    }
    const wait = async (pattern: RegExp): Promise<string> => {
      while (!pattern.test(said)) {
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
      const all = said;
      said = "";
      return all;
    };
    try {
      const first = await wait(/main\.wasm {2}\d+\.\d kB {2}\d+\.\d s\nwaiting for changes\n/);
      const [, size, seconds] = / (\S+) kB {2}(\S+) s/.exec(first) ?? [];
      assert.is(size, (statSync(join(folder, "main.wasm")).size / 1000).toFixed(1));
      assert.ok(Number(seconds) < (performance.now() - start) / 1000, first);
      writeFileSync(join(folder, "main.ts"), 'import { two } from "./other"; console.log(two');
      await wait(/ERROR TS1005.*waiting for changes\n/s);
      writeFileSync(join(folder, "main.ts"), 'import { two } from "./other"; console.log(two.toString());');
      await wait(/main\.wasm {2}.*waiting for changes\n/s);
      writeFileSync(join(folder, "other.ts"), "export const two = 3;");
      await wait(/main\.wasm {2}.*waiting for changes\n/s);
      // a file that it does not read is none of its business, and one that is written again as it was is
      writeFileSync(join(folder, "third.ts"), "nope(");
      writeFileSync(join(folder, "other.ts"), "export const two = 3;");
      assert.is((await wait(/waiting for changes\n/)).match(/main\.wasm/g)?.length, 1);
      rmSync(join(folder, "other.ts"));
      const gone = await wait(/ERROR TS6054.*waiting for changes\n/s);
      assert.match(gone, /File 'other\.ts' not found/);
      // it has been sought
      writeFileSync(join(folder, "other.ts"), "export const two = 4;");
      await wait(/main\.wasm {2}.*waiting for changes\n/s);
    } finally {
      child.kill();
    }
  });
});

test("--help and --version", () => {
  assert.match(wasock(".", "--help").stdout, /wasock build/);
  assert.match(wasock(".", "build", "--help").stdout, /--world/);
  assert.match(wasock(".", "--version").stdout, /^\d+\.\d+\.\d+/);
});

test.run();
