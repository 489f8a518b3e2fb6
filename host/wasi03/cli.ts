/** `wasi:cli` of WASI 0.3: the standard streams of a command are those of its WASI 0.2. */
import type { Shared } from "../abi/async/ends.ts";
import type { Ledger } from "../io/owner.ts";
import type { InputStream, OutputStream } from "../io/streams.ts";
import { cliErrorCode } from "./descriptions.ts";
import { ByteDrain, ByteStream, drained, outcomeType, readable } from "./values.ts";

const OUTCOME = outcomeType(cliErrorCode);

/** The standard streams as WASI 0.2 has them. */
export interface StandardStreams {
  readonly stdin: () => InputStream;
  readonly stdout: () => OutputStream;
  readonly stderr: () => OutputStream;
}

function isClosed(thrown: unknown): boolean {
  return (thrown as { readonly tag?: unknown }).tag === "closed";
}

/**
 * Makes the standard streams of a command.
 *
 * @param ledger the books of the host
 * @param streams gives a stream at each call, for as long as it isn't dropped
 */
export function standardStreams(ledger: Ledger, { stdin, stdout, stderr }: StandardStreams): object {
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
        const input = stdin();
        const bytes = new ByteStream(input.source, {
          ledger,
          nameFailure: (thrown) => (isClosed(thrown) ? undefined : "io"),
          close: () => input[Symbol.dispose](),
        });
        return readable(bytes, OUTCOME);
      },
    },
    "wasi:cli/stdout": { writeViaStream: writeTo(stdout) },
    "wasi:cli/stderr": { writeViaStream: writeTo(stderr) },
  };
}
