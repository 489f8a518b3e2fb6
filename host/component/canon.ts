/** Reading of canonical definitions: how functions cross between a component and its core modules. */
import type { Canon, CanonOptions } from "./ast.ts";
import { coreValueType } from "./core.ts";
import { hex, type Reader } from "./reader.ts";
import { resultList } from "./types.ts";

/** What follows the code of a built-in, in this order. */
interface BuiltIn {
  readonly name: string;
  readonly has: readonly ("type" | "result" | "options" | "flag" | "core" | "index" | "core index")[];
}

const built = (name: string, ...has: BuiltIn["has"]): BuiltIn => ({ name, has });

const BUILT_INS: ReadonlyMap<number, BuiltIn> = new Map([
  [0x05, built("task.cancel")],
  [0x06, built("subtask.cancel", "flag")],
  [0x08, built("backpressure.set")],
  [0x09, built("task.return", "result", "options")],
  [0x0a, built("context.get", "core", "index")],
  [0x0b, built("context.set", "core", "index")],
  [0x0c, built("thread.yield", "flag")],
  [0x0d, built("subtask.drop")],
  [0x0e, built("stream.new", "type")],
  [0x0f, built("stream.read", "type", "options")],
  [0x10, built("stream.write", "type", "options")],
  [0x11, built("stream.cancel-read", "type", "flag")],
  [0x12, built("stream.cancel-write", "type", "flag")],
  [0x13, built("stream.drop-readable", "type")],
  [0x14, built("stream.drop-writable", "type")],
  [0x15, built("future.new", "type")],
  [0x16, built("future.read", "type", "options")],
  [0x17, built("future.write", "type", "options")],
  [0x18, built("future.cancel-read", "type", "flag")],
  [0x19, built("future.cancel-write", "type", "flag")],
  [0x1a, built("future.drop-readable", "type")],
  [0x1b, built("future.drop-writable", "type")],
  [0x1c, built("error-context.new", "options")],
  [0x1d, built("error-context.debug-message", "options")],
  [0x1e, built("error-context.drop")],
  [0x1f, built("waitable-set.new")],
  [0x20, built("waitable-set.wait", "flag", "index")],
  [0x21, built("waitable-set.poll", "flag", "index")],
  [0x22, built("waitable-set.drop")],
  [0x23, built("waitable.join")],
  [0x24, built("backpressure.inc")],
  [0x25, built("backpressure.dec")],
  [0x26, built("thread.index")],
  [0x27, built("thread.new-indirect", "core index", "index")],
  [0x28, built("thread.resume-later")],
  [0x29, built("thread.suspend", "flag")],
  [0x2a, built("thread.suspend-then-resume", "flag")],
  [0x2b, built("thread.yield-then-resume", "flag")],
  [0x2c, built("thread.suspend-then-promote", "flag")],
  [0x2d, built("thread.yield-then-promote", "flag")],
  [0x40, built("thread.spawn-ref", "flag", "core index")],
  [0x41, built("thread.spawn-indirect", "flag", "core index", "index")],
  [0x42, built("thread.available-parallelism", "flag")],
]);

/** Reads a canonical definition. */
export function canon(reader: Reader): Canon {
  const code = reader.byte();
  switch (code) {
    case 0x00: {
      reader.expect(0, "a function");
      const func = reader.u32();
      const given = options(reader);
      return { kind: "canon lift", func, options: given, type: reader.u32() };
    }
    case 0x01:
      reader.expect(0, "a function");
      return { kind: "canon lower", func: reader.u32(), options: options(reader) };
    case 0x02:
      return { kind: "canon resource.new", type: reader.u32() };
    case 0x03:
      return { kind: "canon resource.drop", type: reader.u32() };
    case 0x04:
      return { kind: "canon resource.rep", type: reader.u32() };
  }
  const known = BUILT_INS.get(code);
  if (known === undefined) throw reader.wrong(`${hex(code)} is not a canonical definition`);
  return builtIn(reader, known);
}

function builtIn(reader: Reader, { name, has }: BuiltIn): Canon {
  let type: number | undefined;
  let result: Extract<Canon, { kind: "canon built-in" }>["result"];
  let given: CanonOptions | undefined;
  let flag = false;
  let index: number | undefined;
  let coreType: string | undefined;
  for (const part of has) {
    if (part === "type") type = reader.u32();
    else if (part === "result") result = resultList(reader);
    else if (part === "options") given = options(reader);
    else if (part === "flag") flag = reader.flag("an option");
    else if (part === "core") coreType = coreValueType(reader);
    else if (part === "core index") type = reader.u32();
    else index = reader.u32();
  }
  return { kind: "canon built-in", name, type, result, options: given, flag, index, coreType };
}

const ENCODINGS = ["utf8", "utf16", "latin1+utf16"] as const;

function options(reader: Reader): CanonOptions {
  const seen = new Set<number>();
  let encoding: CanonOptions["encoding"] = "utf8";
  let isAsync = false;
  const indexes: (number | undefined)[] = [];
  reader.vector(() => {
    const code = reader.byte();
    // the three encodings are one option
    const option = code < 3 ? 0 : code;
    if (seen.has(option)) throw reader.wrong("a canonical option is given twice");
    seen.add(option);
    if (code < 3) encoding = ENCODINGS[code] ?? encoding;
    else if (code === 6) isAsync = true;
    else if (code <= 7) indexes[code] = reader.u32();
    else throw reader.wrong(`${hex(code)} is not a canonical option`);
  });
  const [, , , memory, realloc, postReturn, , callback] = indexes;
  return { encoding, memory, realloc, postReturn, isAsync, callback };
}
