/**
 * The process that is measured: `subject ROW SIDE` takes a figure of one side of a row whenever it is asked.
 * Each side has its own, so that neither runs code that the other has warmed, or memory that it has filled.
 */
import type { PeerPorts } from "./protocol.ts";
import type { Side } from "./row.ts";
import { rows } from "./rows/index.ts";

/** The question. */
export interface Question {
  readonly ports: PeerPorts;
  readonly quick: boolean;
}

/** The answer. */
export type Figure = { readonly figure: number } | { readonly error: string };

const [name, side] = process.argv.slice(2) as [string, Side];
const row = rows.find((candidate) => candidate.name === name);
if (row === undefined) throw new Error(`no such row: ${name}`);

async function take({ ports, quick }: Question): Promise<Figure> {
  try {
    const figure = await row![side]({ ports, pick: (full, small) => (quick ? small : full) });
    if (!Number.isFinite(figure)) return { error: `no figure came of it: ${figure}` };
    return { figure };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on("disconnect", () => process.exit());
process.on("message", async (question: Question) => process.send?.(await take(question)));
