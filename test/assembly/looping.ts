/** Runs test/assembly/programs/loop.ts, and talks to it. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { Program } from "../examples/support.ts";
import type { Runner } from "../sides/runners.ts";

const component = fileURLToPath(new URL("programs/loop.wasm", import.meta.url));

/** The program, in a mode that listens. */
export interface Serving {
  readonly program: Program;
  /** Where it listens. */
  readonly port: number;
  /** Connects to it. */
  open(): Promise<Socket>;
}

/** What one runtime does with the program. */
export interface Looping {
  /** Starts it. */
  start(...args: string[]): Program;
  /** Starts it, and waits until it listens. */
  serve(mode: string, ...options: string[]): Promise<Serving>;
}

/** The program in a runtime. */
export function looping({ command }: Runner): Looping {
  return {
    start: (...args) => new Program(...command(component), ...args),
    serve: async (mode, ...options) => {
      const [file, ...rest] = command(component);
      const program = new Program(file, ...rest.slice(0, -1), ...options, ...rest.slice(-1), mode);
      const [, text] = await program.says(/^port (\d+)$/m);
      const port = Number(text);
      const open = async (): Promise<Socket> => {
        const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
        await once(client, "connect");
        return client;
      };
      return { program, port, open };
    },
  };
}

/** What comes, up to so many bytes. */
export async function read(client: Socket, length: number): Promise<string> {
  let got = "";
  while (got.length < length) {
    const bytes = client.read() as Buffer | null;
    if (bytes === null) await once(client, "readable");
    else got += bytes;
  }
  return got;
}
