// Errors that nobody caught. The file has no other function: `wasock run` knows by it that an exit is the end of an error
// (host/run/placed.ts).

import { exit } from "./faces/cli/environment";
import { printError } from "./faces/cli/stdio";
import { endsNow } from "./wasi/version";

/** A thrown error or a failed assertion: tells it with its place in the source, and ends the program. */
export function abort(message: string | null, fileName: string | null, line: u32, column: u32): void {
  endsNow();
  let text = message && message.length ? "Error: " + message : "Error";
  // in a library it says nothing of the program: the next line, wasock run's, does; and errors of ours say what failed
  if (fileName && !(message !== null && fileName.startsWith("~lib/wasock/"))) {
    const place = fileName + ":" + line.toString() + ":" + column.toString();
    text += fileName.startsWith("~lib/") ? " (" + place + ")" : "\n    at " + place;
  }
  printError(text);
  exit(1);
}
