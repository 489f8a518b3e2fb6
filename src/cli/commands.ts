/** The commands of `wasock`. */
import { readFileSync } from "node:fs";
import { nearest } from "../../host/messages/known-keys.ts";
import { printable } from "../../host/messages/printable.ts";
import type { EarlyThread } from "../../host/run/early-thread.ts";
import { ExitCode } from "../../host/run/outcome.ts";
import { RunError } from "../../host/run/run-error.ts";
import { packageFile } from "../../host/runtime/package-files.ts";
import { isSystemError, sentenceOf } from "./failure.ts";
import { run } from "./run.ts";
import { tell, tellJson } from "./tell.ts";
import { UsageError } from "./usage.ts";

const HELP = `wasock: sockets for WebAssembly

  wasock init [folder]      make a new project in AssemblyScript
  wasock build <file.ts>    make a component of an AssemblyScript program
  wasock run <file.wasm>    run a component or a core module that uses WASI
  wasock types <file.wasm>  print the types of a component's functions
  wasock simulate <file.js> try a scenario on a network in memory, with one seed after another
  wasock relay              give pages TCP and UDP through a WebSocket, as far as rules let them
  wasock doctor             tell what this runtime can do, and what is missing for what
  wasock trust [file]       show what a wasock.json says, and let it count
  wasock cache [clear]      tell what is kept to start sooner, or remove it
  wasock completion <shell> complete commands and options in bash, zsh or fish
  wasock <command> --help   tell more
  wasock --version
`;

type Command = (args: string[], early: EarlyThread | undefined) => Promise<number>;

/** Each is loaded when it is asked for, but for the one that is to be fast. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import("./init.ts")).init,
  build: async () => (await import("./build.ts")).build,
  run: async () => run,
  types: async () => (await import("./types.ts")).types,
  simulate: async () => (await import("./simulate.ts")).simulate,
  relay: async () => (await import("./relay.ts")).relay,
  doctor: async () => (await import("./doctor.ts")).doctor,
  completion: async () => (await import("./completion.ts")).completion,
  trust: async () => (await import("./trusting.ts")).trusting,
  cache: async () => (await import("./cache.ts")).cache,
};

async function command(args: string[], early: EarlyThread | undefined): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (name === "help" && rest.length > 0) {
    const [about = "", ...more] = rest;
    return command([about, "--help", ...more], early);
  }
  if (name === "--help" || name === "-h" || name === "help") {
    console.log(HELP);
    return args.length === 0 ? 2 : 0;
  }
  if (name === "--version" || name === "-v") {
    console.log(
      (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string }).version,
    );
    return 0;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    const near = nearest(name, Object.keys(COMMANDS));
    throw new UsageError(
      `there is no command ${printable(name)}: ${near === undefined ? "wasock --help lists them" : `did you mean ${near}?`}`,
    );
  }
  return (await load())(rest, early);
}

/**
 * Runs a command, and ends this process.
 *
 * @param args the command's name, and what belongs to it
 * @param early the thread of a program that `run` may take
 */
export async function main(args: string[], early: EarlyThread | undefined): Promise<void> {
  try {
    const code = await command(args, early);
    // What is open, such as a terminal that is read, would keep the process; what was written leaves first.
    for (const stream of [process.stdout, process.stderr]) {
      if (stream.writableLength === 0) continue;
      await new Promise<void>((resolve) => {
        stream.write("", () => resolve());
        // whose time is up waits for no reader
        if (code === ExitCode.timeout) setTimeout(resolve, 1000);
      });
    }
    process.exit(code);
  } catch (error) {
    // an error may come before the options are read
    if (args[0] === "run" && args.includes("--json")) tellJson();
    process.exitCode = tellError(error);
  }
}

/** Says why a command could not be done; its exit code. */
function tellError(error: unknown): number {
  if (error instanceof UsageError || error instanceof RunError) {
    const code = error instanceof UsageError ? "ERR_USAGE" : error.code;
    tell("error", error.message, { code }, "bad");
    return error instanceof UsageError ? error.exitCode : 2;
  }
  if (isSystemError(error)) {
    const { code, path, syscall } = error;
    const named = syscall === "uv_cwd" ? "the working directory" : String(syscall);
    const what = path === undefined ? named : printable(path, 1000);
    tell("error", `${what}: ${sentenceOf(error)}`, { code }, "bad");
    return 2;
  }
  throw error;
}
