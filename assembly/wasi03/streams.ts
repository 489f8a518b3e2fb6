// The ends of streams of bytes that the program holds.
//
// Bytes go straight from and to where the core has them, so that a copy that would have to wait is called off at once:
// what its event would tell is told by a copy of no bytes instead, for which there need be no memory.

import { BLOCKED, DROPPED, mayWait, retire, Source } from "./waitables";

/** The end of a stream, and the future that tells why it has ended. */
abstract class End extends Source {
  /** When it is over, why: an errno, or 0 for the ordinary end. */
  error: i32 = 0;
  protected isOver: bool = false;
  private isReadyNow: bool = false;
  private isClosed: bool = false;
  // whether it is told no more, not even why it has ended
  private isDropped: bool = false;
  // whether it waits to be dropped
  private isLeaving: bool = false;
  // whether the stream has ended, and why is not known
  private hasEnded: bool = false;
  private isGiven: bool = false;
  // whether it is the future that is under way
  private isEnding: bool = false;
  private outcomeAt: usize = 0;

  constructor(
    public end: i32,
    public outcome: i32,
  ) {
    super();
  }

  protected abstract copy(at: usize, count: i32): i32;
  protected abstract cancelCopy(): i32;
  protected abstract dropEnd(): void;
  protected abstract readOutcome(at: usize): i32;
  /** Reads the future no more: whether nothing had come. */
  protected abstract cancelOutcome(): bool;
  protected abstract dropOutcome(): void;
  /** The errno of an outcome at `at`, 0 for ok. */
  protected abstract errorAt(at: usize): i32;

  isReady(): bool {
    if (this.isOver || this.isReadyNow) return true;
    if (this.waitable) return false;
    if (this.hasEnded) {
      this.ask();
      return this.isOver;
    }
    const result = this.copy(0, 0);
    if (result == BLOCKED) this.begin(this.end);
    else this.settle(result);
    return this.isOver || this.isReadyNow;
  }

  protected settle(result: i32): void {
    if (this.isEnding) return this.learn();
    if (this.isClosed) return;
    if ((result & 15) == DROPPED) this.ask();
    else this.isReadyNow = true;
  }

  /** Moves bytes: how many, 0 where it has to be waited for, -1 where it is over. */
  protected move(at: usize, length: i32): i32 {
    if (this.isOver) return -1;
    if (this.isEnding) return 0;
    this.recall();
    if (this.hasEnded) return this.ended(0);
    this.isReadyNow = false;
    let result = this.copy(at, length);
    if (result == BLOCKED) result = this.cancelCopy();
    const count = result >>> 4;
    return (result & 15) == DROPPED ? this.ended(count) : count;
  }

  recall(): void {
    if (!this.waitable) return;
    this.forget();
    if (!this.isEnding) {
      if ((this.cancelCopy() & 15) == DROPPED) this.hasEnded = true;
    } else if (this.cancelOutcome()) {
      this.isEnding = false;
      heap.free(this.outcomeAt);
      this.outcomeAt = 0;
    } else {
      this.learn();
    }
  }

  // the bytes first: that it has ended is told afterwards
  private ended(count: i32): i32 {
    this.ask();
    return count || !this.isOver ? count : -1;
  }

  private ask(): void {
    this.hasEnded = true;
    const at = heap.alloc(24);
    this.outcomeAt = at;
    if (this.readOutcome(at) == BLOCKED) {
      this.isEnding = true;
      this.begin(this.outcome);
    } else {
      this.learn();
    }
  }

  private learn(): void {
    this.error = this.errorAt(this.outcomeAt);
    heap.free(this.outcomeAt);
    this.outcomeAt = 0;
    this.isEnding = false;
    this.isOver = true;
  }

  /** Ends it: nothing moves any more. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = this.isOver = true;
    this.isLeaving = !mayWait && this.isBusy;
    if (this.isLeaving) retire(this);
    else this.dropStream();
  }

  private dropStream(): void {
    this.recall();
    if (this.outcomeAt) heap.free(this.outcomeAt);
    this.outcomeAt = 0;
    this.isEnding = false;
    this.dropEnd();
  }

  /** Lets it go. */
  letGo(): void {
    if (this.isGiven) return;
    this.close();
    this.isDropped = true;
    if (!this.isLeaving) this.dropOutcome();
  }

  drop(): void {
    this.isLeaving = false;
    this.dropStream();
    if (this.isDropped) this.dropOutcome();
  }

  /** Gives both ends to somebody else; false where something has happened to them already. */
  give(): bool {
    if (this.isOver || this.hasEnded) return false;
    this.isGiven = this.isClosed = this.isOver = true;
    return true;
  }
}

export abstract class Input extends End {
  // whether what was there has been read: then it is asked first
  private isDrained: bool = true;

  /** Reads: how many bytes, 0 where it has to be waited for, -1 where it is over (see `error`). */
  read(at: usize, size: i32): i32 {
    if (size == 0) return 0;
    // with a question under way the event of its answer may be there already
    if (this.isDrained && !this.waitable && !this.isReady()) return 0;
    const count = this.move(at, size);
    this.isDrained = count < size;
    return count;
  }
}

export abstract class Output extends End {
  /** Writes: how many bytes, 0 where it has to be waited for, -1 where it is over (see `error`). */
  write(from: usize, size: i32): i32 {
    return size ? this.move(from, size) : 0;
  }
}
