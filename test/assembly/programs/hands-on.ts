/** For test/cli/run.test.ts: tells what it is given. */
import { args, exit, print, printError, stdin, variable } from "wasock/assembly";

const given = args();
print(given.join("|"));
print((variable("SET") as string) + " " + (variable("HOME") === null ? "none" : "set"));
const input = stdin();
let lines = 0;
while (input.readLine() !== null) lines++;
printError(lines.toString());
exit(1); // all that wasi:cli/exit can tell
