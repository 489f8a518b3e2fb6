/** The sides that there are: a new one is one more entry. */
import type { MissingSide, Side } from "./side.ts";

function say({ name, reason }: MissingSide): void {
  console.log(`${name}: skipped, ${reason}`);
}

/**
 * Opens every side that this machine can run; each has to be disposed. `WASOCK_SIDES` names a part of the names of those
 * that are wanted.
 *
 * @param missing told of each that it can't, with the reason; default prints a line
 */
export async function sides(missing: (side: MissingSide) => void = say): Promise<Side[]> {
  const { openInMemory, openNode } = await import("./node.ts");
  if (process.env["WASOCK_SIDES"] === "memory") return [await openInMemory()];
  const { openOperations } = await import("./operations.ts");
  const { openSuspending } = await import("./suspending.ts");
  const { openWasmtime } = await import("./wasmtime.ts");
  const { openInWasmtime, openInWasmtime03, openOnOurHost, openOnOurHost03 } = await import(
    "./assemblyscript.ts"
  );
  const { openComponent03, openComponent03InWasmtime } = await import("./component03.ts");
  const wanted = process.env["WASOCK_SIDES"] ?? "";
  const opened: Side[] = [];
  for (const open of [
    openNode,
    openOperations,
    openSuspending,
    openWasmtime,
    openComponent03,
    openComponent03InWasmtime,
    openInWasmtime,
    openOnOurHost,
    openInWasmtime03,
    openOnOurHost03,
  ]) {
    const side = await open();
    if (!side.name.includes(wanted)) await ("reason" in side ? undefined : side.dispose());
    else if ("reason" in side) missing(side);
    else opened.push(side);
  }
  return opened;
}
