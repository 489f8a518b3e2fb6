/** The measured end that is many components in this process: each with a host of its own, all on one event loop. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { Writable } from "node:stream";
import { expectCount } from "../clock.ts";
import { assemblyscript } from "./guest.ts";

/** A guest that is linked and hasn't begun. */
export interface LinkedGuest {
  /** Runs it; rejects when it fails. */
  run(): Promise<void>;
  /** How many sockets it has. */
  sockets(): number;
  /** Closes its host. */
  close(): void;
}

/** Links bench/programs/host.ts so often; what the guests print is thrown away. */
export async function linkGuests(count: number, args: readonly (string | number)[]): Promise<LinkedGuest[]> {
  // loaded when a row asks for it: the process of the other side runs without it
  const { createHost } = await import("../../host/host.ts");
  const { policyFromRules } = await import("../../host/policy/rules.ts");
  const { linkProgram } = await import("../../host/link/link.ts");
  const { commandImports } = await import("../../host/wasi02/command.ts");
  const { file } = assemblyscript;
  const component = new Uint8Array(readFileSync(file));
  const guests: LinkedGuest[] = [];
  for (let i = 0; i < count; i++) {
    const host = createHost({ policy: policyFromRules({ allowNet: ["127.0.0.1"] }), maySuspend: true });
    const stdout = new Writable({ write: (_bytes, _encoding, done) => done() });
    const command = commandImports(host.context, { args: [basename(file), ...args.map(String)], stdout });
    const faces = { ...host.imports, ...command };
    const run = await linkProgram(component, { faces, suspending: true });
    guests.push({
      run: async () => expectCount("guests that ended well", (await run()) ? 1 : 0, 1),
      sockets: () => host.stats().sockets,
      close: () => host.close(),
    });
  }
  return guests;
}
