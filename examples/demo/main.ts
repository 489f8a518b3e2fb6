/**
 * The demo: one session, done through the Node library, through the component on our host, and through
 * the same component in Wasmtime, where that is installed.
 *
 *     npm run demo
 *     npm run demo -- HOST PORT      the HTTP part talks to a server of your choice
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { openNode } from "../../test/sides/node.ts";
import type { MissingSide, Side } from "../../test/sides/side.ts";
import { sides } from "../../test/sides/sides.ts";
import { type Ports, type Step, steps, type Targets } from "./session.ts";

const [userHost, userPort] = process.argv.slice(2);
if (userHost !== undefined && !(Number(userPort) > 0 && Number(userPort) < 65536)) {
  console.error("usage: npm run demo -- [HOST PORT], with a port from 1 to 65535");
  process.exit(2);
}

const servers = fork(fileURLToPath(new URL("servers.js", import.meta.url)));
const [ports] = (await once(servers, "message")) as [Ports];

const targets: Targets = {
  ports,
  httpHost: userHost ?? "127.0.0.1",
  httpPort: userHost === undefined ? ports.http : Number(userPort),
  async connectClients(count, port) {
    servers.send({ clients: count, port });
    const [{ served }] = (await once(servers, "message")) as [{ served: number }];
    return served;
  },
};

const color = (process.stdout.isTTY && !process.env["NO_COLOR"]) || process.env["FORCE_COLOR"] === "1";
const paint = (code: number, words: string): string => (color ? `\x1b[${code}m${words}\x1b[0m` : words);
const bold = (words: string): string => paint(1, words);
const dim = (words: string): string => paint(2, words);
const red = (words: string): string => paint(31, words);
const green = (words: string): string => paint(32, words);

const titleWidth = Math.max(...steps.map(({ title }) => title.length));
let ran = 0;
let failed = 0;

async function line(step: Step, side: Side): Promise<void> {
  const start = performance.now();
  let happened: string;
  let mark = green("✓");
  try {
    happened = await step.run(side, targets);
  } catch (error) {
    mark = red("✗");
    failed++;
    happened = error instanceof Error ? error.message : String(error);
  }
  const time = `${(performance.now() - start).toFixed(1)} ms`;
  console.log(`  ${mark} ${step.title.padEnd(titleWidth)}  ${time.padStart(9)}  ${happened}`);
}

async function session(side: Side): Promise<void> {
  const note = side.runtime.startsWith("Wasmtime")
    ? ", driven by a Python process: its times include that"
    : "";
  console.log(`\n${bold(side.name)}  ${dim(side.runtime + note)}`);
  for (const step of steps) await line(step, side);
  await side.dispose();
  ran++;
}

console.log(bold("wasock: one socket core, reached from every side\n"));
console.log(
  dim(`servers in process ${servers.pid}: HTTP ${ports.http}, TCP echo ${ports.tcp}, UDP echo ${ports.udp}`),
);

// `npm run demo` builds meanwhile what the other sides need, and says when it has.
const built = process.connected
  ? Promise.race([once(process, "message"), once(process, "disconnect")])
  : undefined;
const library = await openNode();
await session(library);
await built;

const missing: MissingSide[] = [];
for (const side of await sides((side) => missing.push(side))) {
  if (side.name === library.name) await side.dispose();
  else await session(side);
}
console.log();
for (const { name, reason } of missing) console.log(dim(`left out: ${name} – ${reason}`));

servers.disconnect();
process.disconnect?.();
const verdict = failed === 0 ? green("all of them went well") : red(`${failed} failed`);
console.log(`${steps.length} steps on ${ran} sides: ${verdict}.`);
process.exitCode = failed === 0 ? 0 : 1;
