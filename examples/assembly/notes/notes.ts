// A component for a WIT of one's own, notes.wit: a resource, a record, a variant, a list and a result.
//
//     wasock build notes.ts --wit notes.wit --world plugin
//
// What the canonical ABI makes of a function's type stands above each: strings and lists are a pointer and a length,
// and a result that fits no register is the address of where it lies.

import { freeList, freeStrings, held, hold, letGo, liftString, liftStrings } from "wasock/assembly/abi";
import { lowerList, lowerString, lowerStrings } from "wasock/assembly/abi";

class Note {
  constructor(
    public id: u32,
    public title: string,
    public tags: string[],
  ) {}
}

class Notebook {
  notes: Note[] = [];
  constructor(public limit: i32) {}
}

// @ts-ignore: decorator
@external("[export]example:notes/notes@0.1.0", "[resource-new]notebook")
declare function newNotebook(representation: usize): i32;

// record note: id u32 @0, title @4, tags @12; 20 bytes
const NOTE_SIZE: usize = 20;

function lowerNote(at: usize, note: Note): void {
  store<u32>(at, note.id);
  lowerString(at + 4, note.title);
  lowerStrings(at + 12, note.tags);
}

function freeNote(at: usize): void {
  freeList(at + 4);
  freeStrings(at + 12);
}

// own<notebook>: a handle
// @ts-ignore: decorator
@witExport("example:notes/notes@0.1.0#[constructor]notebook")
export function constructNotebook(limit: u32): i32 {
  return newNotebook(hold(new Notebook(limit)));
}

// @ts-ignore: decorator
@witExport("example:notes/notes@0.1.0#[dtor]notebook")
export function dropNotebook(self: usize): void {
  letGo(self);
}

// result<note, problem>: 0 @0, the note @4; or 1 @0, the variant's case @4 (0 bad-title, 1 full), what it holds @8
// @ts-ignore: decorator
@witExport("example:notes/notes@0.1.0#[method]notebook.add")
export function add(self: usize, title: usize, length: usize, tags: usize, count: usize): usize {
  const book = held<Notebook>(self);
  const text = liftString(title, length);
  const note = new Note(book.notes.length + 1, text, liftStrings(tags, count));
  const result = heap.alloc(4 + NOTE_SIZE);
  memory.fill(result, 0, 4 + NOTE_SIZE);
  if (text.length == 0) {
    store<u8>(result, 1);
    lowerString(result + 8, "it is empty");
  } else if (book.notes.length == book.limit) {
    store<u8>(result, 1);
    store<u8>(result, 1, 4);
    store<u32>(result, book.limit, 8);
  } else {
    book.notes.push(note);
    lowerNote(result + 4, note);
  }
  return result;
}

// @ts-ignore: decorator
@witExport("cabi_post_example:notes/notes@0.1.0#[method]notebook.add")
export function freeAdded(result: usize): void {
  if (load<u8>(result) == 0) freeNote(result + 4);
  else if (load<u8>(result, 4) == 0) freeList(result + 8);
  heap.free(result);
}

// list<note>: pointer @0, length @4
// @ts-ignore: decorator
@witExport("example:notes/notes@0.1.0#[method]notebook.find")
export function find(self: usize, tag: usize, length: usize): usize {
  const wanted = liftString(tag, length);
  const notes = held<Notebook>(self).notes;
  const found: Note[] = [];
  for (let i = 0; i < notes.length; i++) if (notes[i].tags.includes(wanted)) found.push(notes[i]);
  const result = heap.alloc(8);
  const elements = lowerList(result, found.length, NOTE_SIZE);
  for (let i = 0; i < found.length; i++) lowerNote(elements + <usize>i * NOTE_SIZE, found[i]);
  return result;
}

// @ts-ignore: decorator
@witExport("cabi_post_example:notes/notes@0.1.0#[method]notebook.find")
export function freeFound(result: usize): void {
  const elements = load<usize>(result);
  for (let i = 0; i < load<i32>(result, 4); i++) freeNote(elements + <usize>i * NOTE_SIZE);
  freeList(result);
  heap.free(result);
}
