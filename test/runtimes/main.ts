/**
 * Runs the checks in each runtime, and prints what came of each as JSON; tools/other-runtimes.mjs says which runtimes,
 * as JSON in the first argument, and makes docs/runtimes.md of the answers.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { assemble } from "../abi/support.ts";
import { freePort } from "../peers/ports.ts";
import { kernelOptions } from "../src/support/kernel.ts";
import { echoClient, passingServer } from "../wasi03/sockets-text.ts";
import type { Line } from "./program.ts";

/** A runtime that is asked. */
export interface Runtime {
  readonly name: string;
  /** The program and the arguments before the script. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of a check in a runtime. */
export interface Outcome {
  readonly runtime: string;
  readonly check: string;
  /** Null when all was well. */
  readonly error: string | null;
}

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const cli = file("dist/cli.js");
const program = file("test/runtimes/program.js");
const LIMIT_SECONDS = 60;

/** Connects to the port in its argument, and prints what it reads; then sleeps, suspended. */
const CLIENT = `
import { args, print, sleep, withNetIo } from "wasock/assembly";
withNetIo<void>("127.0.0.1", args()[1], (input, output) => {
  output.writeString("hello\\n");
  output.flush();
  print(input.readLine() as string);
});
sleep(0.02);
print("slept");
`;

/** Answers one connection. */
const SERVER = `
import { accept, close, getAddressInfo, getSocketName, makeListenerSocket, print, receive, send, sockaddrPort }
  from "wasock/assembly";
const listener = makeListenerSocket(getAddressInfo("127.0.0.1", "0")!);
print(sockaddrPort(getSocketName(listener)!).toString());
const socket = accept(listener)!;
send(socket, receive(socket, 100)!);
close(socket);
`;

/** Sends everything back, and serves those who connect as long as this runs. */
const echo = net.createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket));
echo.listen(0, "127.0.0.1");
await once(echo, "listening");
const { port: echoPort } = echo.address() as net.AddressInfo;

/** The components of a run, in {@link folder}. */
interface Components {
  readonly client02: string;
  readonly server02: string;
  readonly client03: string;
  /** At {@link port}. */
  readonly server03: string;
  readonly port: number;
}

function start({ command, env }: Runtime, ...args: string[]) {
  const [path = "", ...before] = command;
  const child = spawn(path, [...before, ...args], {
    env: { ...process.env, ...env },
    timeout: LIMIT_SECONDS * 1000,
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const lines = createInterface({ input: child.stdout });
  const said: string[] = [];
  lines.on("line", (line) => said.push(line));
  return { child, lines, said, closed: once(child, "close"), errors: () => errors };
}

/** The first line of what a program wrote about its end that says something. */
function reason(errors: string): string {
  const lines = errors.split("\n").map((line) => line.trim().replaceAll(`${folder}/`, ""));
  return (
    lines.find((line) => /error|wasock:/i.test(line) && !/Warning/.test(line)) ?? lines[0] ?? "no reason"
  );
}

async function checkLibrary(runtime: Runtime, { client02, client03 }: Components): Promise<Outcome[]> {
  const { child, lines, errors } = start(runtime, program, client02, client03);
  const outcomes: Outcome[] = [];
  for await (const text of lines) {
    const line = JSON.parse(text) as Line;
    if ("ask" in line) {
      const [[port] = [0]] = line.ask;
      const answer = kernelOptions(
        child.pid as number,
        port,
        line.ask.map(([, level, name]) => [level, name]),
      );
      child.stdin.write(`${JSON.stringify(answer)}\n`);
    } else {
      outcomes.push({ runtime: runtime.name, check: line.check, error: line.error });
    }
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  if (child.exitCode !== 0) throw new Error(`${runtime.name} ended with ${child.exitCode}: ${errors()}`);
  return outcomes;
}

async function ended({ child, said, closed }: ReturnType<typeof start>): Promise<string> {
  await closed;
  return [...said, child.exitCode ?? child.signalCode].join();
}

async function checkClient(runtime: Runtime, ...args: string[]): Promise<string | null> {
  const started = start(runtime, cli, "run", "--allow-net=127.0.0.1", ...args);
  return ["hello,slept,0", "0"].includes(await ended(started)) ? null : reason(started.errors());
}

/** What comes back from a server, which may not listen yet. */
async function answerOf(port: number, isGone: () => boolean): Promise<string> {
  for (;;) {
    const socket = net.connect(port, "127.0.0.1");
    try {
      socket.end("to the guest");
      let answer = "";
      for await (const part of socket) answer += String(part);
      return answer;
    } catch (error) {
      if (isGone() || (error as NodeJS.ErrnoException).code !== "ECONNREFUSED") throw error;
    }
  }
}

/** @param at the port that it listens at; `undefined` where it prints that */
async function checkServer(
  runtime: Runtime,
  at: number | undefined,
  ...args: string[]
): Promise<string | null> {
  const started = start(runtime, cli, "run", "--allow-listen=127.0.0.1", ...args);
  const { child, lines, said, closed, errors } = started;
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  let answer = "";
  let failure = "";
  try {
    if (at === undefined) await Promise.race([once(lines, "line"), closed]);
    answer = await answerOf(at ?? Number(said[0]), isGone);
  } catch (error) {
    failure = String(error);
  }
  await closed;
  return answer === "to the guest" && child.exitCode === 0 ? null : reason(errors() || failure);
}

async function* checkCommand(runtime: Runtime, made: Components): AsyncGenerator<[string, string | null]> {
  const { client02, server02, client03, server03, port } = made;
  const client = (...args: string[]) => checkClient(runtime, ...args, String(echoPort));
  yield ["`wasock run`: a component that connects", await client(client02)];
  yield ["`wasock run --sync`: a component that connects", await client("--sync", client02)];
  yield ["`wasock run`: a component that serves", await checkServer(runtime, undefined, server02)];
  yield [
    "`wasock run --sync`: a component that serves",
    await checkServer(runtime, undefined, "--sync", server02),
  ];
  yield ["`wasock run`: a component of WASI 0.3 that connects", await client(client03)];
  yield ["`wasock run`: a component of WASI 0.3 that serves", await checkServer(runtime, port, server03)];
}

const folder = mkdtempSync(join(tmpdir(), "wasock-runtimes-"));
try {
  for (const [name, source] of [
    ["client", CLIENT],
    ["server", SERVER],
  ] as const) {
    writeFileSync(join(folder, `${name}.ts`), source);
    const built = spawnSync(process.execPath, [cli, "build", `${name}.ts`, "-o", `${name}.wasm`], {
      cwd: folder,
      encoding: "utf8",
    });
    if (built.status !== 0) throw new Error(built.stderr);
  }
  const path = (name: string): string => join(folder, `${name}.wasm`);
  const port = await freePort();
  writeFileSync(path("client03"), await assemble(echoClient(echoPort, 3)));
  writeFileSync(path("server03"), await assemble(passingServer(port)));
  const made: Components = {
    ...{ client02: path("client"), server02: path("server") },
    ...{ client03: path("client03"), server03: path("server03"), port },
  };
  for (const runtime of JSON.parse(process.argv[2] ?? "[]") as Runtime[]) {
    const tell = (outcome: Outcome): void => console.log(JSON.stringify(outcome));
    for (const outcome of await checkLibrary(runtime, made)) tell(outcome);
    for await (const [check, error] of checkCommand(runtime, made)) {
      tell({ runtime: runtime.name, check, error });
    }
  }
} finally {
  rmSync(folder, { recursive: true });
  echo.close();
}
