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

const color = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
const paint = (code: number, words: string): string => (color ? `\x1b[${code}m${words}\x1b[0m` : words);
const bold = (words: string): string => paint(1, words);
const dim = (words: string): string => paint(2, words);
const red = (words: string): string => paint(31, words);
const green = (words: string): string => paint(32, words);

const missing: MissingSide[] = [];
const opened = await sides((side) => missing.push(side));
const nameWidth = Math.max(...[...opened, ...missing].map(({ name }) => name.length));

console.log(bold("wasock: one socket core, reached from every side\n"));
for (const { name, runtime } of opened) {
  const note = runtime.startsWith("Wasmtime") ? ", driven by a Python process: its times include that" : "";
  console.log(`  ${name.padEnd(nameWidth)}  ${dim(runtime + note)}`);
}
for (const { name, reason } of missing)
  console.log(`  ${name.padEnd(nameWidth)}  ${dim(`left out: ${reason}`)}`);
console.log(
  dim(
    `\n  servers in process ${servers.pid}: HTTP ${ports.http}, TCP echo ${ports.tcp}, UDP echo ${ports.udp}`,
  ),
);

async function line(step: Step, side: Side): Promise<boolean> {
  const start = performance.now();
  let happened: string;
  let well = true;
  try {
    happened = await step.run(side, targets);
  } catch (error) {
    well = false;
    happened = error instanceof Error ? error.message : String(error);
  }
  const time = `${(performance.now() - start).toFixed(1)} ms`;
  const mark = well ? green("✓") : red("✗");
  console.log(`  ${mark} ${side.name.padEnd(nameWidth)}  ${time.padStart(9)}  ${happened}`);
  return well;
}

let passed = 0;
let failed = 0;
for (const step of steps) {
  console.log(`\n${bold(step.title)}`);
  for (const side of opened) {
    if (await line(step, side)) passed++;
    else failed++;
  }
}

for (const side of opened) await side.dispose();
servers.disconnect();

const verdict = failed === 0 ? green("all of them went well") : red(`${failed} failed`);
console.log(`\n${steps.length} steps on ${opened.length} sides: ${verdict}.`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
