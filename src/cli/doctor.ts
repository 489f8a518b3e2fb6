/** `wasock doctor`: what this runtime and this installation can do, and what is missing for what. */
import { createRequire } from "node:module";
import { arch, platform, release } from "node:os";
import {
  BoundSocket,
  createServerHandle,
  hasJspi,
  hasSyncDatagrams,
  keepAliveTakesInterval,
} from "../../host/runtime/features.ts";
import { givesThreads } from "../../host/runtime/kind.ts";
import { packageFile } from "../../host/runtime/package-files.ts";
import { canAsk } from "./prompt.ts";
import { paint } from "./tell.ts";
import { UsageError } from "./usage.ts";

const DOCTOR_HELP = `wasock doctor [--json]

Tells what this runtime and this installation can do, and what is missing for what. The exit code is 0 whatever is missing:
nothing of it is needed for everything.
`;

/** A thing that can be had. */
interface Finding {
  readonly what: string;
  readonly has: boolean;
  /** What it is for; where it is missing, what there is instead, or how to get it. */
  readonly note: string;
}

/** Runs the command; its exit code. */
export async function doctor(args: string[]): Promise<number> {
  const [option, ...more] = args;
  if (option === "--help" || option === "-h") {
    console.log(DOCTOR_HELP);
    return 0;
  }
  if (more.length > 0 || (option !== undefined && option !== "--json")) {
    throw new UsageError("wasock doctor takes --json, or nothing");
  }
  const runtime = `${runtimeName()} on ${platform()} ${release()} (${arch()})`;
  const findings = [...runtimeFindings(), ...packageFindings()];
  if (option === "--json") {
    console.log(JSON.stringify({ runtime, findings }, null, 2));
    return 0;
  }
  console.log(`${runtime}\n`);
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { what, has, note } of findings) {
    const mark = has ? paint("good", "yes", process.stdout) : paint("hint", "no ", process.stdout);
    console.log(`${mark}  ${what.padEnd(width)}  ${note}`);
  }
  return 0;
}

function runtimeName(): string {
  const { deno, bun } = process.versions as NodeJS.ProcessVersions & { deno?: string; bun?: string };
  if (deno !== undefined) return `Deno ${deno}`;
  return bun === undefined ? `Node ${process.versions.node}` : `Bun ${bun}`;
}

function runtimeFindings(): Finding[] {
  const binds = BoundSocket !== undefined || createServerHandle !== undefined;
  return [
    {
      what: "suspending",
      has: hasJspi,
      note: hasJspi
        ? "a program waits without blocking its thread"
        : "a program blocks a thread of its own while it waits: Node 26 (or 24 with a flag), Deno and Bun suspend it",
    },
    {
      what: "threads",
      has: givesThreads,
      note: givesThreads
        ? "a program can be ended by its time, a signal and its memory, whatever it does"
        : "only --timeout gives a program a thread; Node gives one, with --permission only under --allow-worker",
    },
    {
      what: "bind",
      has: binds,
      note: binds
        ? "a bound socket is bound when bind returns"
        : "sockets are bound when they listen or connect",
    },
    {
      what: "datagrams at once",
      has: hasSyncDatagrams,
      note: hasSyncDatagrams
        ? "a datagram socket tells at once what is wrong with an address"
        : "through Node's own handles; in public API from Node 24.19 and 26 on",
    },
    {
      what: "keep-alive",
      has: keepAliveTakesInterval || hasPackage("koffi"),
      note: "its interval and count reach the system on Node 24.19 and 26, or with koffi",
    },
    {
      what: "questions",
      has: canAsk(),
      note: canAsk()
        ? "wasock run asks at this terminal about what is not allowed"
        : "wasock run refuses what is not allowed: input or messages are not at a terminal, or this is not Node",
    },
  ];
}

/** The packages that only who needs them has, and what for. */
const PACKAGES = [
  ["assemblyscript", "wasock build"],
  ["@bytecodealliance/jco-transpile", "wasock build, for components"],
  ["@bytecodealliance/preview2-shim", "programs that make requests over wasi:http"],
  ["koffi", "socket options that Node has no call for"],
] as const;

function packageFindings(): Finding[] {
  return PACKAGES.map(([name, use]) => {
    const has = hasPackage(name);
    return { what: name, has, note: has ? `for ${use}` : `needed for ${use}: npm install ${name}` };
  });
}

/** Whether it is installed where this package would find it; nothing of it is loaded. */
function hasPackage(name: string): boolean {
  try {
    createRequire(packageFile("package.json")).resolve(name);
    return true;
  } catch (error) {
    // one that can't be required is there all the same
    return (error as NodeJS.ErrnoException).code === "ERR_PACKAGE_PATH_NOT_EXPORTED";
  }
}
