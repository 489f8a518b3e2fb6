/** For test/cli/run.test.ts: sends a line to the server that its arguments name, and prints the answer. */
import { args, errorName, exit, lastError, openNetIo, print } from "wasock/assembly";

function main(): void {
  const io = openNetIo(args()[1], args()[2]);
  if (io === null) {
    print(errorName(lastError()));
    exit(1);
    return;
  }
  io.output.writeString("hello\n");
  io.output.flush();
  print(io.input.readLine() as string);
}

main();
