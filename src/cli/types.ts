/** `wasock types`: the types of a component's functions, for TypeScript. */
import { readFileSync, writeFileSync } from "node:fs";
import { isComponent } from "../../host/component/decode.ts";
import { declarationsOf } from "../../host/embed/declarations.ts";
import { printable } from "../../host/messages/printable.ts";
import { RunError } from "../../host/run/run-error.ts";
import { requireFile } from "./files.ts";
import { TYPES } from "./flags.ts";
import { readOptions } from "./options.ts";
import { UsageError } from "./usage.ts";

const TYPES_HELP = `wasock types <component.wasm> [--promises] [-o file.d.ts]

Prints declarations of what a component exports, Exports, and of what it imports beside WASI, Imports: the types of
instantiate of wasock/host, as in instantiate<Exports>("component.wasm"). Nothing of the component is run.

  --promises    as it is instantiated with promises: true
  -o, --out     write to a file
`;

/** Runs the command; its exit code. */
export async function types(args: string[]): Promise<number> {
  const { values, positionals } = readOptions("wasock types", TYPES, args);
  if (values.help === true) {
    console.log(TYPES_HELP);
    return 0;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) {
    throw new UsageError("wasock types takes one component: wasock types app.wasm");
  }
  requireFile(file);
  const bytes = readFileSync(file);
  const label = printable(file, 1000);
  if (!isComponent(bytes)) throw new RunError("ERR_INVALID_WASM", `${label}: this is not a component`);
  let text: string;
  try {
    text = declarationsOf(bytes, values.promises ?? false);
  } catch (error) {
    throw new RunError("ERR_INVALID_WASM", `${label}: ${printable((error as Error).message, 1000)}`, {
      cause: error,
    });
  }
  const all = `// Made by wasock types of ${printable(file.replace(/^.*[\\/]/, ""))}.\n\n${text}`;
  if (values.out === undefined) process.stdout.write(all);
  else writeFileSync(values.out, all);
  return 0;
}
