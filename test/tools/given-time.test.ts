/** What the runner takes for the time that a test has had. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";

interface GivenTime {
  readonly seconds: number;
  restart(): void;
  stop(): void;
}

// a name that TypeScript does not follow: tools/ is JavaScript
const tool = new URL("../../../tools/lib/given-time.mjs", import.meta.url).href;
const { GivenTime } = (await import(tool)) as {
  GivenTime: new (leader: number, onTick: () => void) => GivenTime;
};

/** The seconds that a process is given in two ticks of a second each, once it has begun. */
async function givenTo(child: ChildProcess): Promise<number> {
  await once(child.stdout as Readable, "data");
  return new Promise((resolve) => {
    let ticks = 0;
    const time = new GivenTime(Number(child.pid), () => {
      // before the first is its start
      if (++ticks === 1) time.restart();
      if (ticks < 3) return;
      time.stop();
      resolve(time.seconds);
    });
  });
}

const IDLE = "console.log(); setTimeout(() => {}, 60_000)";
const BUSY = "console.log(); for (const end = Date.now() + 60_000; Date.now() < end; );";

/** Runs programs for the time of `work`, each the leader of a session, all on the same processor. */
async function together(programs: string[], work: (first: ChildProcess) => Promise<void>): Promise<void> {
  const processor = /list:\s*(\d+)/.exec(
    spawnSync("taskset", ["-cp", String(process.pid)]).stdout.toString(),
  )?.[1];
  const children = programs.map((program) =>
    spawn("taskset", ["-c", String(processor), process.execPath, "-e", program], { detached: true }),
  );
  try {
    await work(children[0] as ChildProcess);
  } finally {
    for (const child of children) child.kill("SIGKILL");
  }
}

const onLinux = spawnSync("taskset", ["--version"]).status === 0 ? test : test.skip;

onLinux("a process that waits for an event is given all the time there is, beside one that is busy", () =>
  together([IDLE, BUSY], async (idle) => {
    assert.ok((await givenTo(idle)) > 1.5);
  }),
);

onLinux("one that is busy is given a part of it, beside another", () =>
  together([BUSY, BUSY, BUSY], async (busy) => {
    assert.ok((await givenTo(busy)) < 1.5);
  }),
);

/** Computes on three threads, which wait for one another where there are fewer processors. */
const THREADS = `const { Worker } = require("node:worker_threads");
for (let i = 0; i < 3; i++) new Worker("for (;;);", { eval: true });
setTimeout(() => console.log(), 200); setTimeout(() => {}, 60_000)`;

onLinux("one whose threads wait for one another is given the time that it runs", () =>
  together([THREADS], async (threads) => {
    assert.ok((await givenTo(threads)) > 0.1);
  }),
);

test.run();
