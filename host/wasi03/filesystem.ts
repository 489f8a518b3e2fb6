/** `wasi:filesystem` of WASI 0.3: what its descriptors do is what those of WASI 0.2 do, with streams of its own. */
import { Copy } from "../abi/async/codes.ts";
import type { CopyResult, Incoming, Source } from "../abi/async/copies.ts";
import { Shared } from "../abi/async/ends.ts";
import { stream, type TypeOf } from "../abi/types.ts";
import { FileError } from "../files/streams.ts";
import type { Ledger } from "../io/owner.ts";
import type { OutputStream, StreamError } from "../io/streams.ts";
import type { Descriptor as Descriptor02, DirectoryEntryStream } from "../wasi02/descriptor.ts";
import { errorCodeOf } from "../wasi02/file-errors.ts";
import type { FilesystemImports } from "../wasi02/filesystem.ts";
import type * as wit from "../wit/wasi02.ts";
import { directoryEntry, filesystemErrorCode } from "./descriptions.ts";
import { DescriptorForwards } from "./descriptor-forwards.ts";
import { asNamed, type Case, kindOf, named } from "./file-errors.ts";
import {
  ByteDrain,
  ByteStream,
  drained,
  nothing,
  Outcome,
  outcomeType,
  readable,
  type TransferOptions,
  undrained,
  unreadable,
} from "./values.ts";

const OUTCOME = outcomeType(filesystemErrorCode);
const ENTRIES = stream(directoryEntry) as TypeOf<"stream">;

/** Why a stream ended, by its 0.3 name; `undefined` at its end. */
function nameFailure(thrown: unknown): unknown {
  const error = thrown as StreamError | undefined;
  if (error === undefined || error.tag === "closed") return undefined;
  return named(error.val instanceof FileError ? errorCodeOf(error.val.fileCode) : "io");
}

/** The entries of a folder, as a stream. */
class Entries implements Source {
  readonly outcome: Outcome = new Outcome();
  readonly #entries: DirectoryEntryStream;
  readonly #ledger: Ledger;
  #isOpen = true;

  constructor(entries: DirectoryEntryStream, ledger: Ledger) {
    ledger.claimStream();
    this.#entries = entries;
    this.#ledger = ledger;
  }

  read(into: Incoming): CopyResult {
    try {
      while (into.left > 0) {
        const entry = this.#entries.readDirectoryEntry();
        if (entry === undefined) {
          this.outcome.settle();
          return Copy.dropped;
        }
        into.putItem({ type: kindOf(entry.type), name: entry.name });
      }
      return Copy.completed;
    } catch (thrown) {
      if (thrown instanceof Error) throw thrown;
      this.outcome.settle(named(thrown));
      return Copy.dropped;
    }
  }

  addWaiter(): void {}
  removeWaiter(): void {}

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#entries[Symbol.dispose]();
    this.outcome.settle();
    this.#ledger.streams--;
  }
}

/** `wasi:filesystem/types.descriptor`. */
class Descriptor extends DescriptorForwards {
  protected readonly inner: Descriptor02;
  readonly #ledger: Ledger;

  constructor(inner: Descriptor02, ledger: Ledger) {
    super();
    this.inner = inner;
    this.#ledger = ledger;
  }

  protected override wrap(inner: Descriptor02): Descriptor {
    return new Descriptor(inner, this.#ledger);
  }

  readViaStream(offset: bigint): [Shared, Shared] {
    return opening(
      () => this.inner.readViaStream(offset),
      (input) => readable(new ByteStream(input.source, this.#transfer(input)), OUTCOME),
      (failure) => unreadable(failure, OUTCOME),
    );
  }

  writeViaStream(data: Shared, offset: bigint): Shared {
    return this.#write(data, () => this.inner.writeViaStream(offset));
  }

  appendViaStream(data: Shared): Shared {
    return this.#write(data, () => this.inner.appendViaStream());
  }

  getType(): Case {
    return asNamed(() => kindOf(this.inner.getType()));
  }

  readDirectory(): [Shared, Shared] {
    return opening(
      () => this.inner.readDirectory(),
      (entries) => {
        const source = new Entries(entries, this.#ledger);
        return [new Shared(ENTRIES, source), new Shared(OUTCOME, source.outcome)];
      },
      (failure) => [new Shared(ENTRIES, nothing), unreadable(failure, OUTCOME)[1]],
    );
  }

  stat(): unknown {
    return asNamed(() => told(this.inner.stat()));
  }

  statAt(pathFlags: wit.PathFlags, path: string): unknown {
    return asNamed(() => told(this.inner.statAt(pathFlags, path)));
  }

  [Symbol.dispose](): void {
    this.inner[Symbol.dispose]();
  }

  #write(data: Shared, open: () => OutputStream): Shared {
    return opening(
      open,
      (output) => drained(data, new ByteDrain(output.sink, this.#transfer(output)), OUTCOME),
      (failure) => undrained(data, failure, OUTCOME),
    );
  }

  #transfer(stream: Disposable): TransferOptions {
    return { ledger: this.#ledger, nameFailure, close: () => stream[Symbol.dispose]() };
  }
}

/** What is made of what was opened, or of why it can't be, which is no error of the call. */
function opening<T, Made>(open: () => T, make: (opened: T) => Made, fail: (failure: unknown) => Made): Made {
  let opened: T;
  try {
    opened = open();
  } catch (thrown) {
    if (thrown instanceof Error) throw thrown;
    return fail(named(thrown));
  }
  return make(opened);
}

function told({ type, ...stat }: wit.DescriptorStat): unknown {
  return { ...stat, type: kindOf(type) };
}

/**
 * Makes `wasi:filesystem` of one host.
 *
 * @param ledger its books
 * @param preopens its folders, as WASI 0.2 gives them
 */
export function filesystem(ledger: Ledger, preopens: FilesystemImports["wasi:filesystem/preopens"]): object {
  return {
    "wasi:filesystem/types": { Descriptor },
    "wasi:filesystem/preopens": {
      getDirectories: () =>
        preopens.getDirectories().map(([inner, path]) => [new Descriptor(inner, ledger), path]),
    },
  };
}
