/**
 * What streams and futures of bytes within an instance and between two do, as the specification has it, for fuzzes that hold the
 * host's against it: nothing here is the host's own.
 *
 * Source: the component model's `CanonicalABI.md`, "Stream State", "Waitable State", `canon stream.{read,write}`; that a copy which was
 * called off is told so although something was moved is what the specification's own tests expect.
 */

/** What a call gives, or why it traps. */
export type Answer = number | "traps";

export const BLOCKED = -1;
const COMPLETED = 0;
const DROPPED = 1;
const CANCELLED = 2;

interface Buffer {
  memory: Uint8Array;
  at: number;
  length: number;
  moved: number;
}

class ModelStream {
  readonly isFuture: boolean;
  isDropped = false;
  /** The end whose copy is under way, as far as the other one may go on with it. */
  pending: ModelEnd | undefined = undefined;

  constructor(isFuture: boolean) {
    this.isFuture = isFuture;
  }
}

/** An end of a stream, or of a future. */
export class ModelEnd {
  readonly stream: ModelStream;
  readonly isReader: boolean;
  state: "idle" | "copying" | "done" | "gone" = "idle";
  buffer: Buffer = { memory: new Uint8Array(), at: 0, length: 0, moved: 0 };
  /** What its event will say of the copy; `undefined` where it has none. */
  event: number | undefined = undefined;
  set: ModelSet | undefined = undefined;

  constructor(stream: ModelStream, isReader: boolean) {
    this.stream = stream;
    this.isReader = isReader;
  }

  get left(): number {
    return this.buffer.length - this.buffer.moved;
  }

  /** The event is taken: nobody goes on with the copy. */
  take(): number {
    const result = this.event ?? COMPLETED;
    this.event = undefined;
    if (this.stream.pending === this) this.stream.pending = undefined;
    const { isFuture } = this.stream;
    this.state = result === DROPPED || (isFuture && result === COMPLETED) ? "done" : "idle";
    return isFuture ? result : result | (this.buffer.moved << 4);
  }
}

/** What may be in a set. */
export interface ModelWaitable {
  /** What its event says; `undefined` where it has none. */
  readonly event: number | undefined;
  set: ModelSet | undefined;
  take(): number;
}

/** A waitable set. */
export class ModelSet {
  readonly ends: Set<ModelWaitable> = new Set();
  isGone = false;

  /** Those that have an event: which comes first is not said. */
  get ready(): ModelWaitable[] {
    return [...this.ends].filter(({ event }) => event !== undefined);
  }
}

/** Both ends of a new stream, or of a future, which is one of one byte. */
export function modelStream(isFuture: boolean): readonly [reader: ModelEnd, writer: ModelEnd] {
  const stream = new ModelStream(isFuture);
  return [new ModelEnd(stream, true), new ModelEnd(stream, false)];
}

/** `stream.read` and `stream.write`, and those of futures. */
export function copy(end: ModelEnd, memory: Uint8Array, at: number, length: number): Answer {
  if (end.state !== "idle") return "traps";
  end.state = "copying";
  end.buffer = { memory, at, length, moved: 0 };
  meet(end);
  return end.event === undefined ? BLOCKED : end.take();
}

function meet(end: ModelEnd): void {
  const { stream } = end;
  const other = stream.pending;
  if (stream.isDropped) {
    end.event = DROPPED;
    return;
  }
  if (other === undefined) {
    stream.pending = end;
    return;
  }
  if (other.left > 0) {
    if (end.left > 0) {
      const [from, to] = end.isReader ? [other.buffer, end.buffer] : [end.buffer, other.buffer];
      const count = Math.min(end.left, other.left);
      to.memory.set(
        from.memory.subarray(from.at + from.moved, from.at + from.moved + count),
        to.at + to.moved,
      );
      from.moved += count;
      to.moved += count;
      other.event = COMPLETED;
      // there is no more to come
      if (stream.isFuture) stream.pending = undefined;
    }
    end.event = COMPLETED;
    return;
  }
  if (!end.isReader && end.buffer.length === 0 && other.buffer.length === 0) {
    end.event = COMPLETED;
    return;
  }
  other.event = COMPLETED;
  stream.pending = end;
}

/** `stream.cancel-read` and `stream.cancel-write`. */
export function cancel(end: ModelEnd): Answer {
  if (end.state !== "copying" || end.set !== undefined) return "traps";
  if (end.stream.isFuture ? end.event === undefined : end.event !== DROPPED) end.event = CANCELLED;
  return end.take();
}

/** `stream.drop-readable` and `stream.drop-writable`. */
export function drop(end: ModelEnd): Answer {
  if (end.state === "gone" || end.state === "copying") return "traps";
  const { stream } = end;
  // who reads a future counts on a value
  if (stream.isFuture && !end.isReader && end.state !== "done") return "traps";
  end.state = "gone";
  join(end, undefined);
  if (stream.isDropped) return 0;
  stream.isDropped = true;
  if (stream.pending !== undefined) {
    stream.pending.event = DROPPED;
    stream.pending = undefined;
  }
  return 0;
}

/** `waitable.join`. */
export function join(end: ModelWaitable, set: ModelSet | undefined): Answer {
  end.set?.ends.delete(end);
  end.set = set;
  set?.ends.add(end);
  return 0;
}
