/** Guests in binary: one function, `run`, which calls its import and returns 1 where it caught what that threw. */

/** The body of `run`, with a call of the import in the place of CALL. */
export type Body = (call: readonly number[]) => readonly number[];

const I32 = 0x7f;
const END = 0x0b;

/** `try (result i32) CALL 0 catch_all 1 end` */
export const LEGACY_CATCH_ALL: Body = (call) => [0x06, I32, ...call, 0x41, 0, 0x19, 0x41, 1, END];
/** The inner `try` delegates to the outer one. */
export const DELEGATE: Body = (call) => [
  ...[0x06, I32, 0x06, I32, ...call, 0x41, 0, 0x18, 0],
  ...[0x19, 0x41, 1, END],
];
/** `block try_table (catch_all 0) CALL end; 0 return end 1` */
export const CATCH_ALL: Body = (call) => [
  ...[0x02, 0x40, 0x1f, 0x40, 1, 0x02, 0, ...call, END, 0x41, 0, 0x0f, END],
  ...[0x41, 1],
];
/** The same with a reference to the exception, which is dropped. */
export const CATCH_ALL_REF: Body = (call) => [
  ...[0x02, 0x69, 0x1f, 0x40, 1, 0x03, 0, ...call, END, 0x41, 0, 0x0f, END],
  ...[0x1a, 0x41, 1],
];

/** What the guest imports; with a value the import is a function of one i32. */
interface Imported {
  readonly module: string;
  readonly name: string;
  readonly value?: number;
}

/** Makes a guest. */
export function guestThatCatches(
  body: Body,
  { module, name, value }: Imported = { module: "host", name: "call" },
): Uint8Array {
  const call = value === undefined ? [0x10, 0] : [0x41, value, 0x10, 0];
  const code = [0, ...body(call), END];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [2, 0x60, ...(value === undefined ? [0] : [1, I32]), 0, 0x60, 0, 1, I32]),
    ...section(2, [1, ...text(module), ...text(name), 0, 0]),
    ...section(3, [1, 1]),
    ...section(7, [1, ...text("run"), 0, 1]),
    ...section(10, [1, code.length, ...code]),
  ]);
}

function section(id: number, bytes: readonly number[]): number[] {
  return [id, bytes.length, ...bytes];
}

function text(value: string): number[] {
  return [value.length, ...Buffer.from(value)];
}
