/**
 * Peers that send garbage, half lines, huge lines, and break off: no program of ours traps, and each serves on.
 * The programs have assertions on. WASOCK_FUZZ_SEED repeats a run, WASOCK_FUZZ_CLIENTS makes it longer.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Program } from "../examples/support.ts";
import { Random } from "../fuzz/random.ts";
import { runners } from "../sides/runners.ts";

const CLIENTS = Number(process.env["WASOCK_FUZZ_CLIENTS"] ?? 60);
const SEED = Number(process.env["WASOCK_FUZZ_SEED"] ?? 20_261_125);
const AT_A_TIME = 8;

/** Programs, their arguments, and whether they serve one client at a time. */
const SERVERS = [
  { program: "lines", args: [], alone: true },
  { program: "loop", args: ["echo"], alone: false },
  { program: "loop", args: ["limited"], alone: false },
  { program: "loop", args: ["pausing"], alone: false },
] as const;

function piece(random: Random): Buffer {
  const length = random.below(4) === 0 ? random.below(200_000) : random.below(64);
  switch (random.below(4)) {
    case 0:
      return Buffer.alloc(length, "x"); // a line without an end
    case 1:
      return Buffer.alloc(length, "a line\r\n\n\r");
    case 2:
      return Buffer.from("ü€😀".repeat(1 + random.below(100))).subarray(random.below(3));
    default:
      return Buffer.from(Array.from({ length }, () => random.below(256)));
  }
}

/** One client: some pieces, and one of four ends. */
async function misbehave(port: number, random: Random): Promise<void> {
  const client = connect({ port, host: "127.0.0.1", allowHalfOpen: random.below(2) === 0 });
  client.on("error", () => {}); // its own fault
  const closed = once(client, "close").catch(() => {});
  await once(client, "connect").catch(() => {});
  if (random.below(3) > 0) client.resume();
  for (let left = random.below(6); left > 0 && !client.destroyed; left--) {
    client.write(piece(random));
    if (random.below(2) === 0) await new Promise((resolve) => setTimeout(resolve, random.below(5)));
  }
  const end = random.below(4);
  if (end === 0) client.resetAndDestroy();
  else if (end === 1) client.destroy();
  else client.resume().end();
  const late = setTimeout(() => client.destroy(), 300);
  await closed;
  clearTimeout(late);
}

for (const { name, command } of runners()) {
  for (const { program, args, alone } of SERVERS) {
    test(`${name}: ${[program, ...args].join(" ")} serves on, seed ${SEED}`, async () => {
      const component = fileURLToPath(new URL(`programs/${program}.wasm`, import.meta.url));
      const server = new Program(...command(component), ...args);
      const [, text] = await server.says(/^port (\d+)$/m);
      const port = Number(text);
      let next = 0;
      const lane = async (): Promise<void> => {
        while (next < CLIENTS) await misbehave(port, new Random(SEED + next++));
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, lane));
      const good = connect(port, "127.0.0.1");
      good.setEncoding("utf8").write("hello\n");
      if (alone) good.end();
      let heard = "";
      while (!heard.startsWith("hello")) heard += String((await once(good, "data"))[0]);
      good.destroy();
      assert.is((await server.stop("SIGKILL")).stderr, "");
    });
  }
}

test.run();
