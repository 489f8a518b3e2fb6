/** `wasi:filesystem` of WASI 0.3: what its descriptors do is what those of WASI 0.2 do, with streams of its own. */
import { Copy } from "../abi/async/codes.ts";
import type { CopyResult, Incoming, Source } from "../abi/async/copies.ts";
import { Shared } from "../abi/async/ends.ts";
import { stream, type TypeOf } from "../abi/types.ts";
import { FileError } from "../files/streams.ts";
import type { Ledger } from "../io/owner.ts";
import type { InputStream, OutputStream, StreamError } from "../io/streams.ts";
import { naming } from "../messages/failures.ts";
import type { Descriptor as Descriptor02, DirectoryEntryStream } from "../wasi02/descriptor.ts";
import { errorCodeOf } from "../wasi02/file-errors.ts";
import type * as wit from "../wit/wasi02.ts";
import { directoryEntry, filesystemErrorCode } from "./descriptions.ts";
import {
  ByteDrain,
  ByteStream,
  drained,
  nothing,
  Outcome,
  outcomeType,
  readable,
  undrained,
  unreadable,
} from "./values.ts";

const OUTCOME = outcomeType(filesystemErrorCode);
const ENTRIES = stream(directoryEntry) as TypeOf<"stream">;

/** A case with words where it has no name. */
interface Case {
  readonly tag: string;
  readonly val: string | undefined;
}

/** The error of 0.3 for one of 0.2, which are the same but for one; anything else as it is. */
function named(thrown: unknown): unknown {
  if (typeof thrown !== "string") return thrown;
  return (
    thrown === "would-block" ? { tag: "other", val: thrown } : { tag: thrown, val: undefined }
  ) satisfies Case;
}

function kindOf(kind: wit.DescriptorType): Case {
  return { tag: kind === "unknown" ? "other" : kind, val: undefined };
}

const asNamed = naming(named);

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
          this.outcome.succeed();
          return Copy.dropped;
        }
        into.putItem({ type: kindOf(entry.type), name: entry.name });
      }
      return Copy.completed;
    } catch (thrown) {
      if (thrown instanceof Error) throw thrown;
      this.outcome.fail(named(thrown));
      return Copy.dropped;
    }
  }

  addWaiter(): void {}
  removeWaiter(): void {}

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#entries[Symbol.dispose]();
    this.outcome.succeed();
    this.#ledger.streams--;
  }
}

/** `wasi:filesystem/types.descriptor`. */
class Descriptor {
  readonly #inner: Descriptor02;
  readonly #ledger: Ledger;

  constructor(inner: Descriptor02, ledger: Ledger) {
    this.#inner = inner;
    this.#ledger = ledger;
  }

  readViaStream(offset: bigint): [Shared, Shared] {
    let input: InputStream;
    try {
      input = this.#inner.readViaStream(offset);
    } catch (thrown) {
      if (thrown instanceof Error) throw thrown;
      return unreadable(named(thrown), OUTCOME);
    }
    const bytes = new ByteStream(input.source, {
      ledger: this.#ledger,
      nameFailure,
      close: () => input[Symbol.dispose](),
    });
    return readable(bytes, OUTCOME);
  }

  writeViaStream(data: Shared, offset: bigint): Shared {
    return this.#write(data, () => this.#inner.writeViaStream(offset));
  }

  appendViaStream(data: Shared): Shared {
    return this.#write(data, () => this.#inner.appendViaStream());
  }

  advise(offset: bigint, length: bigint, advice: wit.Advice): void {
    asNamed(() => this.#inner.advise(offset, length, advice));
  }

  syncData(): void {
    asNamed(() => this.#inner.syncData());
  }

  getFlags(): unknown {
    return asNamed(() => this.#inner.getFlags());
  }

  getType(): Case {
    return asNamed(() => kindOf(this.#inner.getType()));
  }

  setSize(size: bigint): void {
    asNamed(() => this.#inner.setSize(size));
  }

  setTimes(access: wit.NewTimestamp, modification: wit.NewTimestamp): void {
    asNamed(() => this.#inner.setTimes(access, modification));
  }

  readDirectory(): [Shared, Shared] {
    let entries: DirectoryEntryStream;
    try {
      entries = this.#inner.readDirectory();
    } catch (thrown) {
      if (thrown instanceof Error) throw thrown;
      const [, outcome] = unreadable(named(thrown), OUTCOME);
      return [new Shared(ENTRIES, nothing), outcome];
    }
    const source = new Entries(entries, this.#ledger);
    return [new Shared(ENTRIES, source), new Shared(OUTCOME, source.outcome)];
  }

  sync(): void {
    asNamed(() => this.#inner.sync());
  }

  createDirectoryAt(path: string): void {
    asNamed(() => this.#inner.createDirectoryAt(path));
  }

  stat(): unknown {
    return asNamed(() => told(this.#inner.stat()));
  }

  statAt(pathFlags: wit.PathFlags, path: string): unknown {
    return asNamed(() => told(this.#inner.statAt(pathFlags, path)));
  }

  setTimesAt(
    pathFlags: wit.PathFlags,
    path: string,
    access: wit.NewTimestamp,
    modification: wit.NewTimestamp,
  ): void {
    asNamed(() => this.#inner.setTimesAt(pathFlags, path, access, modification));
  }

  linkAt(pathFlags: wit.PathFlags, path: string, newDescriptor: Descriptor, newPath: string): void {
    asNamed(() => this.#inner.linkAt(pathFlags, path, newDescriptor.#inner, newPath));
  }

  openAt(
    pathFlags: wit.PathFlags,
    path: string,
    openFlags: wit.OpenFlags,
    flags: wit.DescriptorFlags,
  ): Descriptor {
    return asNamed(() => new Descriptor(this.#inner.openAt(pathFlags, path, openFlags, flags), this.#ledger));
  }

  readlinkAt(path: string): string {
    return asNamed(() => this.#inner.readlinkAt(path));
  }

  removeDirectoryAt(path: string): void {
    asNamed(() => this.#inner.removeDirectoryAt(path));
  }

  renameAt(path: string, newDescriptor: Descriptor, newPath: string): void {
    asNamed(() => this.#inner.renameAt(path, newDescriptor.#inner, newPath));
  }

  symlinkAt(text: string, path: string): void {
    asNamed(() => this.#inner.symlinkAt(text, path));
  }

  unlinkFileAt(path: string): void {
    asNamed(() => this.#inner.unlinkFileAt(path));
  }

  isSameObject(other: Descriptor): boolean {
    return this.#inner.isSameObject(other.#inner);
  }

  metadataHash(): unknown {
    return asNamed(() => this.#inner.metadataHash());
  }

  metadataHashAt(pathFlags: wit.PathFlags, path: string): unknown {
    return asNamed(() => this.#inner.metadataHashAt(pathFlags, path));
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]();
  }

  #write(data: Shared, open: () => OutputStream): Shared {
    let output: OutputStream;
    try {
      output = open();
    } catch (thrown) {
      if (thrown instanceof Error) throw thrown;
      return undrained(data, named(thrown), OUTCOME);
    }
    const drain = new ByteDrain(output.sink, {
      ledger: this.#ledger,
      nameFailure,
      close: () => output[Symbol.dispose](),
    });
    return drained(data, drain, OUTCOME);
  }
}

function told({ type, ...stat }: wit.DescriptorStat): unknown {
  return { ...stat, type: kindOf(type) };
}

/** The folders of a guest as WASI 0.2 gives them. */
export interface Preopens {
  getDirectories(): [Descriptor02, string][];
}

/**
 * Makes `wasi:filesystem` of one host.
 *
 * @param ledger its books
 * @param preopens its folders, as WASI 0.2 gives them
 */
export function filesystem(ledger: Ledger, preopens: Preopens): object {
  return {
    "wasi:filesystem/types": { Descriptor },
    "wasi:filesystem/preopens": {
      getDirectories: () =>
        preopens.getDirectories().map(([inner, path]) => [new Descriptor(inner, ledger), path]),
    },
  };
}
