// wasi:cli as 0.2 has it, for the core.

import { hold } from "../abi";
import * as wasi from "./imports/cli";
import { Input, Output } from "./streams";
import { CANCELLED } from "./waitables";

export { exit, getArguments, getEnvironment } from "./imports/cli";

/** The errno of each case of wasi:cli/types.error-code: EIO, EILSEQ, EPIPE. */
const ERRNOS: usize = memory.data<u8>([5, 84, 32]);

/** tuple<stream<u8>, future<result<_, error-code>>> */
const AREA: usize = memory.data(8, 4);

/** The errno of an outcome: result<_, error-code>. */
function errorOf(at: usize): i32 {
  return load<u8>(at) ? load<u8>(ERRNOS + min(load<u8>(at, 1), 2)) : 0;
}

@final
class Stdin extends Input {
  protected copy(at: usize, count: i32): i32 {
    return wasi.readViaStreamStreamRead(this.end, at, count);
  }
  protected cancelCopy(): i32 {
    return wasi.readViaStreamStreamCancelRead(this.end);
  }
  protected dropEnd(): void {
    wasi.readViaStreamStreamDropReadable(this.end);
  }
  protected readOutcome(at: usize): i32 {
    return wasi.readViaStreamFutureRead(this.outcome, at);
  }
  protected cancelOutcome(): bool {
    return wasi.readViaStreamFutureCancelRead(this.outcome) == CANCELLED;
  }
  protected dropOutcome(): void {
    wasi.readViaStreamFutureDropReadable(this.outcome);
  }
  protected errorAt(at: usize): i32 {
    return errorOf(at);
  }
}

@final
class Stdout extends Output {
  protected copy(at: usize, count: i32): i32 {
    return wasi.stdoutWriteViaStreamStreamWrite(this.end, at, count);
  }
  protected cancelCopy(): i32 {
    return wasi.stdoutWriteViaStreamStreamCancelWrite(this.end);
  }
  protected dropEnd(): void {
    wasi.stdoutWriteViaStreamStreamDropWritable(this.end);
  }
  protected readOutcome(at: usize): i32 {
    return wasi.stdoutWriteViaStreamFutureRead(this.outcome, at);
  }
  protected cancelOutcome(): bool {
    return wasi.stdoutWriteViaStreamFutureCancelRead(this.outcome) == CANCELLED;
  }
  protected dropOutcome(): void {
    wasi.stdoutWriteViaStreamFutureDropReadable(this.outcome);
  }
  protected errorAt(at: usize): i32 {
    return errorOf(at);
  }
}

@final
class Stderr extends Output {
  protected copy(at: usize, count: i32): i32 {
    return wasi.stderrWriteViaStreamStreamWrite(this.end, at, count);
  }
  protected cancelCopy(): i32 {
    return wasi.stderrWriteViaStreamStreamCancelWrite(this.end);
  }
  protected dropEnd(): void {
    wasi.stderrWriteViaStreamStreamDropWritable(this.end);
  }
  protected readOutcome(at: usize): i32 {
    return wasi.stderrWriteViaStreamFutureRead(this.outcome, at);
  }
  protected cancelOutcome(): bool {
    return wasi.stderrWriteViaStreamFutureCancelRead(this.outcome) == CANCELLED;
  }
  protected dropOutcome(): void {
    wasi.stderrWriteViaStreamFutureDropReadable(this.outcome);
  }
  protected errorAt(at: usize): i32 {
    return errorOf(at);
  }
}

export function getStdin(): i32 {
  wasi.readViaStream(AREA);
  return <i32>hold(new Stdin(load<i32>(AREA), load<i32>(AREA, 4)));
}

export function getStdout(): i32 {
  const ends = wasi.stdoutWriteViaStreamStreamNew();
  return <i32>hold(new Stdout(<i32>(ends >>> 32), wasi.stdoutWriteViaStream(<i32>ends)));
}

export function getStderr(): i32 {
  const ends = wasi.stderrWriteViaStreamStreamNew();
  return <i32>hold(new Stderr(<i32>(ends >>> 32), wasi.stderrWriteViaStream(<i32>ends)));
}
