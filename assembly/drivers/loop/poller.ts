// What an event loop waits for: the pollables of many sockets in one list, which changes as they do.

import { Socket, Watcher } from "../../socket/socket";
import { poll } from "../../wasi/io";

/** The two sides of a source that can be waited for. */
export const INPUT: i32 = 0;
export const OUTPUT: i32 = 1;

/** Something of which one or two pollables are waited for. */
export abstract class Source extends Watcher {
  /** Null while it belongs to no loop. */
  poller: Poller | null = null;
  /** Where its pollables are in the list; -1 for nowhere. */
  inputAt: i32 = -1;
  outputAt: i32 = -1;
  /** Whether it is on the list of those that are looked at before the next wait. */
  dirty: bool = false;
  /** Whether the loop is done with it. */
  over: bool = false;

  /** A side is ready. */
  abstract onReady(side: i32): void;
  /** Says, by `want`, what it waits for now, or lets go of everything when it has come to its end. */
  abstract updateInterest(): void;
  protected abstract pollable(side: i32): i32;

  isWanted(side: i32): bool {
    return (side == INPUT ? this.inputAt : this.outputAt) >= 0;
  }

  protected want(side: i32, wanted: bool): void {
    if (wanted == this.isWanted(side)) return;
    const poller = this.poller!;
    if (wanted) poller.add(this, side, this.pollable(side));
    else poller.remove(this, side);
  }

  /** Has `updateInterest` called before the next wait. */
  markDirty(): void {
    const poller = this.poller;
    if (this.dirty || this.over || !poller) return;
    this.dirty = true;
    poller.dirty.push(this);
  }

  /** Its socket has dropped its pollables: it is closed, or has new ones. */
  pollablesDropped(): void {
    this.want(INPUT, false);
    this.want(OUTPUT, false);
    this.markDirty();
  }
}

/** The list. Its changes cost the same however long it is; a wait costs what the host's `poll` costs. */
@final
export class Poller {
  /** Sources that are not over. */
  live: i32 = 0;
  /** Sources whose interest may have changed: they say so before the next wait. */
  dirty: Array<Source> = new Array<Source>();
  /** How many pollables are waited for. */
  count: i32 = 0;
  // the pollables, one behind the other as `poll` wants them, with room for a timer's at the end
  private handles: usize = heap.alloc(64);
  private room: i32 = 16;
  // whose they are
  private owners: Array<Source> = new Array<Source>();
  private sides: Array<i32> = new Array<i32>();
  // what has become ready, while it is told so
  private ready: Array<Source> = new Array<Source>();
  private readySides: Array<i32> = new Array<i32>();

  /** Takes a source in, with its socket when it has one. */
  adopt(source: Source, socket: Socket | null): void {
    if (source.poller) throw new Error("this one belongs to a loop already");
    source.poller = this;
    if (socket) socket.watcher = source;
    this.live++;
    source.markDirty();
  }

  /** Lets a source go. */
  release(source: Source): void {
    if (source.over) return;
    source.over = true;
    this.live--;
  }

  add(source: Source, side: i32, pollable: i32): void {
    if (!pollable) throw new Error("a loop can't wait for the sockets of a pair: they have no pollables");
    const at = this.count++;
    if (at + 1 == this.room) {
      this.room *= 2;
      this.handles = heap.realloc(this.handles, (<usize>this.room) << 2);
    }
    store<i32>(this.handles + ((<usize>at) << 2), pollable);
    this.owners.push(source);
    this.sides.push(side);
    this.place(source, side, at);
  }

  /** Takes a pollable off the list; the last one takes its place. */
  remove(source: Source, side: i32): void {
    const at = side == INPUT ? source.inputAt : source.outputAt;
    const last = --this.count;
    const moved = this.owners.pop();
    const movedSide = this.sides.pop();
    this.place(source, side, -1);
    if (at == last) return;
    store<i32>(this.handles + ((<usize>at) << 2), load<i32>(this.handles + ((<usize>last) << 2)));
    this.owners[at] = moved;
    this.sides[at] = movedSide;
    this.place(moved, movedSide, at);
  }

  private place(source: Source, side: i32, at: i32): void {
    if (side == INPUT) source.inputAt = at;
    else source.outputAt = at;
  }

  /** Has the dirty ones say what they wait for, and those that become dirty by it. */
  updateInterest(): void {
    const dirty = this.dirty;
    while (dirty.length) {
      const source = dirty.pop();
      source.dirty = false;
      if (!source.over) source.updateInterest();
    }
  }

  /** Waits for what is on the list, and for a timer (0 for none); tells those that are ready. */
  wait(timer: i32): void {
    const count = this.count;
    if (timer) store<i32>(this.handles + ((<usize>count) << 2), timer);
    const result = heap.alloc(8); // list<u32>: pointer @0, length @4
    poll(this.handles, count + i32(timer != 0), result);
    const list = load<usize>(result);
    const readies = load<i32>(result, 4);
    heap.free(result);
    for (let i = 0; i < readies; i++) {
      const at = load<i32>(list + ((<usize>i) << 2));
      if (at == count) continue; // the timer, which the loop looks after
      this.ready.push(this.owners[at]);
      this.readySides.push(this.sides[at]);
    }
    if (readies) heap.free(list);
    // what one is told may close another, or change what it waits for
    for (let i = 0; i < this.ready.length; i++) {
      const source = this.ready[i];
      if (source.isWanted(this.readySides[i])) source.onReady(this.readySides[i]);
    }
    this.ready.length = 0;
    this.readySides.length = 0;
  }
}
