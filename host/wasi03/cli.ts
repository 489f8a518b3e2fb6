/** `wasi:cli` of WASI 0.3: the standard streams of a command are those of its WASI 0.2. */
import type { Shared } from "../abi/async/ends.ts";
import type { Ledger } from "../io/owner.ts";
import { isClosed, type OutputStream } from "../io/streams.ts";
import type { CommandImports } from "../wasi02/command.ts";
import { cliErrorCode } from "./descriptions.ts";
import { ByteDrain, ByteStream, drained, outcomeType, readable } from "./values.ts";

const OUTCOME = outcomeType(cliErrorCode);

/**
 * Makes the standard streams of a command.
 *
 * @param ledger the books of the host
 * @param faces its WASI 0.2: gives a stream at each call, for as long as it isn't dropped
 */
export function standardStreams(
  ledger: Ledger,
  faces: Pick<CommandImports, "wasi:cli/stdin" | "wasi:cli/stdout" | "wasi:cli/stderr">,
): object {
  const writeTo = (open: () => OutputStream) => (data: Shared) => {
    const output = open();
    const drain = new ByteDrain(output.sink, {
      ledger,
      nameFailure: (thrown) => thrown && (isClosed(thrown) ? "pipe" : "io"),
      close: () => output[Symbol.dispose](),
    });
    return drained(data, drain, OUTCOME);
  };
  return {
    "wasi:cli/types": {},
    "wasi:cli/stdin": {
      readViaStream: () => {
        const input = faces["wasi:cli/stdin"].getStdin();
        const bytes = new ByteStream(input.source, {
          ledger,
          nameFailure: (thrown) => (isClosed(thrown) ? undefined : "io"),
          close: () => input[Symbol.dispose](),
        });
        return readable(bytes, OUTCOME);
      },
    },
    "wasi:cli/stdout": { writeViaStream: writeTo(() => faces["wasi:cli/stdout"].getStdout()) },
    "wasi:cli/stderr": { writeViaStream: writeTo(() => faces["wasi:cli/stderr"].getStderr()) },
  };
}
