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
import { kernelOptions } from "../src/support/kernel.ts";
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
  return { child, lines: createInterface({ input: child.stdout }), errors: () => errors };
}

/** The first line of what a program wrote about its end that says something. */
function reason(errors: string): string {
  const lines = errors.split("\n").map((line) => line.trim());
  return (
    lines.find((line) => /error|wasock:/i.test(line) && !/Warning/.test(line)) ?? lines[0] ?? "no reason"
  );
}

async function checkLibrary(runtime: Runtime): Promise<Outcome[]> {
  const { child, lines, errors } = start(runtime, program);
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

async function checkClient(runtime: Runtime, component: string): Promise<string | null> {
  const server = net.createServer((socket) =>
    socket.on("data", (bytes) => socket.end(bytes)).on("error", () => {}),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const { child, lines, errors } = start(
    runtime,
    cli,
    "run",
    "--allow-net=127.0.0.1",
    component,
    String(port),
  );
  const printed: string[] = [];
  for await (const line of lines) printed.push(line);
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  server.close();
  return printed.join() === "hello,slept" ? null : reason(errors());
}

async function checkServer(runtime: Runtime, component: string): Promise<string | null> {
  const { child, lines, errors } = start(runtime, cli, "run", "--allow-listen=127.0.0.1", component);
  let answer: string | undefined;
  for await (const port of lines) {
    const socket = net.connect(Number(port), "127.0.0.1");
    socket.end("to the guest");
    answer = "";
    for await (const part of socket) answer += String(part);
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return answer === "to the guest" && child.exitCode === 0 ? null : reason(errors());
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
  for (const runtime of JSON.parse(process.argv[2] ?? "[]") as Runtime[]) {
    const outcomes = await checkLibrary(runtime);
    for (const [check, error] of [
      ["`wasock run`: a component that connects", await checkClient(runtime, join(folder, "client.wasm"))],
      ["`wasock run`: a component that serves", await checkServer(runtime, join(folder, "server.wasm"))],
    ] as const) {
      outcomes.push({ runtime: runtime.name, check, error });
    }
    for (const outcome of outcomes) console.log(JSON.stringify(outcome));
  }
} finally {
  rmSync(folder, { recursive: true });
}
