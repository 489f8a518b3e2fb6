/** For test/cli/trace.test.ts: prints what a server says, then tries another address. */
import { args, openNetIo, print, withNetIo } from "wasock/assembly";

withNetIo<void>("127.0.0.1", args()[1], (input, output) => {
  output.writeString("bytes");
  output.flush();
  print(input.readLine() as string);
});
if (openNetIo("127.0.0.9", args()[1]) === null) print("refused");
