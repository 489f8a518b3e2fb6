/**
 * A command of WASI 0.3 that calls the component of 0.3 for another process, whatever runs it: both in one component.
 *
 * It knows nothing of types. The other process says on the standard input what is to be written into its memory and which
 * function is to be called with what lies there, and is told on the standard output what the function returned, and each
 * event of what is under way. remote.ts is that other side, which makes the values and reads them.
 *
 *     a call    function u32, address u32, length u32, and that many bytes, which are written to the address first
 *     an answer ANSWER u32, result u64; to WAIT and PUT there is none
 *     bytes     BYTES u32, 0 u32, length u32, and that many bytes: the answer to READ
 *     an event  its code u32, the waitable u32, its payload u32
 */
import { parse, print } from "@bytecodealliance/jco-transpile/wasm-tools";
import { type CoreType, coreSignature, type FunctionType, flatten } from "../../host/abi/types.ts";
import { decodeComponent } from "../../host/component/decode.ts";
import { typesOf } from "../../host/link/link.ts";
import { componentize } from "../../src/cli/componentize.ts";

/** What an answer begins with, which no event is. */
export const ANSWER = 0x100;
export const BYTES = 0x101;
/** The functions of the driver itself: to give bytes, as many as are named from an address; to wait for a waitable; nothing. */
export const READ = 0xffff;
export const WAIT = 0xfffe;
export const PUT = 0xfffd;

/** The memory: what is read, what is to be written, what the other process uses, and what functions give. */
const INPUT = 0x1_0000;
const OUTPUT = 0x10_0000;
export const FREE = 0x20_0000;
export const GIVEN = 0x100_0000;
export const PAGES = 512;

const NET = "wasock:net/net@0.3.0";
const TYPES = "wasock:net/types@0.3.0";

/** A function of the component, or of what is built in, as the driver imports it. */
export interface Callable {
  /** As the side calls it: `bind`, `[method]sockaddr.bytes`, `[resource-drop]socket`, `[subtask-drop]`. */
  readonly name: string;
  readonly module: string;
  readonly imported: string;
  readonly params: readonly CoreType[];
  readonly result: CoreType | undefined;
  /** What it is of, where it is one of the component. */
  readonly type: FunctionType | undefined;
}

/** How many core values a call's parameters may be that goes on behind its caller's back. */
export const MOST_FLAT = 4;

/** Those that work on no value but handles, and the ends of the streams of `input` and `output`. */
const BUILT_INS: readonly (readonly [module: string, imported: string, params: number, result?: CoreType])[] =
  [
    ["$root", "[subtask-drop]", 1],
    [TYPES, "[resource-drop]sockaddr", 1],
    [TYPES, "[resource-drop]address-info", 1],
    [TYPES, "[resource-drop]socket", 1],
    [NET, "[async-lower][stream-read-0]input", 3, "i32"],
    [NET, "[stream-cancel-read-0]input", 1, "i32"],
    [NET, "[stream-drop-readable-0]input", 1],
    [NET, "[future-drop-readable-1]input", 1],
    [NET, "[stream-new-0]output", 0, "i64"],
    [NET, "[async-lower][stream-write-0]output", 3, "i32"],
    [NET, "[stream-cancel-write-0]output", 1, "i32"],
    [NET, "[stream-drop-writable-0]output", 1],
    [NET, "[async-lower][future-read-1]output", 2, "i32"],
    [NET, "[future-drop-readable-1]output", 1],
  ];

type Imported = Pick<Callable, "imported" | "params" | "result">;

/** A function that may go on behind its caller's back: what it gives goes to memory. */
function lowered(name: string, { params, result }: FunctionType): Imported {
  const flat = params.flatMap(([, param]) => flatten(param));
  const passed = flat.length > MOST_FLAT ? (["i32"] as const) : flat;
  const all = result === undefined ? passed : [...passed, "i32" as const];
  return { imported: `[async-lower]${name}`, params: all, result: "i32" };
}

function imports(name: string, type: FunctionType): Imported {
  const { params, results } = coreSignature(type);
  return { imported: name, params, result: results[0] };
}

/** All that can be called, in the order of its numbers. */
export function callables(component: Uint8Array): readonly Callable[] {
  const { exports } = typesOf(decodeComponent(component));
  const own = [...exports].flatMap(([module, extern]): Callable[] => {
    if (extern.sort !== "instance") return [];
    return [...extern.item.exports].flatMap(([name, of]): Callable[] => {
      if (of.sort !== "func") return [];
      const { type } = of.item;
      return [{ name, module, ...(type.isAsync ? lowered(name, type) : imports(name, type)), type }];
    });
  });
  const others = BUILT_INS.map(([module, imported, params, result]): Callable => {
    const name = imported.replace("[async-lower]", "");
    return { name, module, imported, params: Array(params).fill("i32"), result, type: undefined };
  });
  return [...own, ...others];
}

/** A function that takes its arguments from memory, each in eight bytes, and gives an i64. */
function thunk({ params, result }: Callable, i: number): string {
  const args = params.map((core, at) => `(${core}.load offset=${8 * at} (local.get $at))`).join(" ");
  const call = `(call $f${i} ${args})`;
  const given =
    result === "i64" ? call : result === "i32" ? `(i64.extend_i32_u ${call})` : `${call} (i64.const 0)`;
  return `(func $t${i} (param $at i32) (result i64) ${given})`;
}

/** The text of the driver's core module. */
function core(all: readonly Callable[]): string {
  const imports = all.map(({ module, imported, params, result }, i) => {
    const typed = `(param ${params.join(" ")}) ${result === undefined ? "" : `(result ${result})`}`;
    return `(import "${module}" "${imported}" (func $f${i} ${typed}))`;
  });
  return `(module
  (import "wasi:cli/stdin@0.3.0" "read-via-stream" (func $stdin (param i32)))
  (import "wasi:cli/stdin@0.3.0" "[async-lower][stream-read-0]read-via-stream"
    (func $read (param i32 i32 i32) (result i32)))
  (import "wasi:cli/stdout@0.3.0" "write-via-stream" (func $stdout (param i32) (result i32)))
  (import "wasi:cli/stdout@0.3.0" "[stream-new-0]write-via-stream" (func $stdout-new (result i64)))
  (import "wasi:cli/stdout@0.3.0" "[async-lower][stream-write-0]write-via-stream"
    (func $write (param i32 i32 i32) (result i32)))
  (import "$root" "[waitable-set-new]" (func $set-new (result i32)))
  (import "$root" "[waitable-join]" (func $join (param i32 i32)))
  (import "[export]wasi:cli/run@0.3.0" "[task-return]run" (func $return (param i32)))
  ${imports.join("\n  ")}
  (memory (export "memory") ${PAGES})
  (table ${all.length} funcref)
  (elem (i32.const 0) ${all.map((_, i) => `$t${i}`).join(" ")})
  (type $thunk (func (param i32) (result i64)))
  (global $set (mut i32) (i32.const 0))
  (global $in (mut i32) (i32.const 0))
  (global $out (mut i32) (i32.const 0))
  (global $have (mut i32) (i32.const 0)) ;; bytes of INPUT that were read
  (global $wrote (mut i32) (i32.const ${OUTPUT})) ;; what is to be written of OUTPUT: from here
  (global $queued (mut i32) (i32.const ${OUTPUT})) ;; to here
  (global $writes (mut i32) (i32.const 0)) ;; whether a write is under way
  (global $over (mut i32) (i32.const 0))
  (global $given (mut i32) (i32.const ${GIVEN}))
  ${all.map(thunk).join("\n  ")}
  ;; what is given is read soon: its place is used again
  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $given) (i32.const 7)) (i32.const -8)))
    (if (i32.gt_u (i32.add (local.get $at) (local.get $size)) (i32.const ${PAGES * 65536}))
      (then (local.set $at (i32.const ${GIVEN}))))
    (global.set $given (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  (func $say (param $word i32)
    (i32.store (global.get $queued) (local.get $word))
    (global.set $queued (i32.add (global.get $queued) (i32.const 4))))
  (func $wrote (param $result i32)
    (global.set $wrote (i32.add (global.get $wrote) (i32.shr_u (local.get $result) (i32.const 4))))
    (if (i32.and (local.get $result) (i32.const 15)) (then (global.set $over (i32.const 1)))))
  (func $flush
    (local $result i32)
    (block $done
      (loop $more
        (br_if $done (i32.or (global.get $writes) (global.get $over)))
        (if (i32.eq (global.get $wrote) (global.get $queued)) (then
          (global.set $wrote (i32.const ${OUTPUT}))
          (global.set $queued (i32.const ${OUTPUT}))
          (br $done)))
        (local.set $result (call $write (global.get $out) (global.get $wrote)
          (i32.sub (global.get $queued) (global.get $wrote))))
        (if (i32.eq (local.get $result) (i32.const -1))
          (then (global.set $writes (i32.const 1)))
          (else (call $wrote (local.get $result))))
        (br $more))))
  (func $do (param $function i32) (param $at i32) (param $length i32)
    (local $result i64)
    (if (i32.eq (local.get $function) (i32.const ${PUT})) (then (return)))
    (if (i32.eq (local.get $function) (i32.const ${WAIT}))
      (then
        (call $join (i32.load (local.get $at)) (global.get $set))
        (return)))
    (if (i32.eq (local.get $function) (i32.const ${READ}))
      (then
        (call $say (i32.const ${BYTES}))
        (call $say (i32.const 0))
        (call $say (local.tee $length (i32.load (local.get $at))))
        (memory.copy (global.get $queued) (i32.load offset=8 (local.get $at)) (local.get $length))
        (global.set $queued (i32.add (global.get $queued) (local.get $length))))
      (else
        (local.set $result (call_indirect (type $thunk) (local.get $at) (local.get $function)))
        (call $say (i32.const ${ANSWER}))
        (call $say (i32.wrap_i64 (local.get $result)))
        (call $say (i32.wrap_i64 (i64.shr_u (local.get $result) (i64.const 32)))))))
  (func $took (param $result i32)
    (local $at i32) (local $left i32) (local $length i32)
    (global.set $have (i32.add (global.get $have) (i32.shr_u (local.get $result) (i32.const 4))))
    (if (i32.and (local.get $result) (i32.const 15)) (then (global.set $over (i32.const 1))))
    (local.set $at (i32.const ${INPUT}))
    (local.set $left (global.get $have))
    (block $done
      (loop $next
        (br_if $done (i32.lt_u (local.get $left) (i32.const 12)))
        (local.set $length (i32.load offset=8 (local.get $at)))
        (br_if $done (i32.lt_u (i32.sub (local.get $left) (i32.const 12)) (local.get $length)))
        (memory.copy (i32.load offset=4 (local.get $at)) (i32.add (local.get $at) (i32.const 12)) (local.get $length))
        (call $do (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)) (local.get $length))
        (local.set $length (i32.add (local.get $length) (i32.const 12)))
        (local.set $at (i32.add (local.get $at) (local.get $length)))
        (local.set $left (i32.sub (local.get $left) (local.get $length)))
        (br $next)))
    (memory.copy (i32.const ${INPUT}) (local.get $at) (local.get $left))
    (global.set $have (local.get $left)))
  (func $go (result i32)
    (local $result i32)
    (block $waits
      (loop $more
        (br_if $waits (global.get $over))
        (local.set $result (call $read (global.get $in) (i32.add (i32.const ${INPUT}) (global.get $have))
          (i32.sub (i32.const ${OUTPUT - INPUT}) (global.get $have))))
        (br_if $waits (i32.eq (local.get $result) (i32.const -1)))
        (call $took (local.get $result))
        (br $more)))
    (call $after))
  (func $after (result i32)
    (call $flush)
    (if (result i32) (global.get $over)
      (then (call $return (i32.const 0)) (i32.const 0))
      (else (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))))
  (func (export "[async-lift]wasi:cli/run@0.3.0#run") (result i32)
    (local $ends i64)
    (global.set $set (call $set-new))
    (call $stdin (i32.const 0))
    (global.set $in (i32.load (i32.const 0)))
    (local.set $ends (call $stdout-new))
    (drop (call $stdout (i32.wrap_i64 (local.get $ends))))
    (global.set $out (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
    (call $join (global.get $in) (global.get $set))
    (call $join (global.get $out) (global.get $set))
    (call $go))
  (func (export "[callback][async-lift]wasi:cli/run@0.3.0#run") (param $event i32) (param $waitable i32)
      (param $payload i32) (result i32)
    (if (i32.eq (local.get $waitable) (global.get $in)) (then
      (call $took (local.get $payload))
      (return (call $go))))
    (if (i32.eq (local.get $waitable) (global.get $out))
      (then
        (global.set $writes (i32.const 0))
        (call $wrote (local.get $payload)))
      (else
        (call $say (local.get $event))
        (call $say (local.get $waitable))
        (call $say (local.get $payload))))
    (call $after)))`;
}

/** The text of what a component imports, up to `end`. */
function importsOf(text: string, end: RegExp): string {
  return text.slice(text.indexOf("\n"), text.search(end));
}

/**
 * Makes the command.
 *
 * @param component the bytes of the component of WASI 0.3
 * @param wit a folder with driver.wit, and with the component's WIT in `deps`
 */
export async function composed(component: Uint8Array, wit: string): Promise<Uint8Array> {
  const module = await parse(core(callables(component)));
  const face = { wit, world: "driver", wasi: "0.3", names: true } as const;
  const driver = await print(await componentize(module, face));
  const net = await print(component);
  const imports = [
    importsOf(driver, /^ {2}\(type \$ty-wasi:(?:sockets|clocks)/m),
    importsOf(net, /^ {2}\(core module/m),
  ].join("");
  const given = [...imports.matchAll(/^ {2}\(import "([^"]+)"/gm)].map(([, name]) => String(name));
  const wasi = (text: string): string =>
    given
      .filter((name) => text.includes(`(import "${name}"`))
      .map((name) => `(with "${name}" (instance $${name}))`)
      .join(" ");
  const own = [NET, TYPES].map((name) => `(with "${name}" (instance $net-instance "${name}"))`).join(" ");
  const named = (text: string, name: string): string =>
    text.replace(/^\(component(?: \$\S+)?/, `(component $${name}`);
  const text = `(component
  ${imports}
  ${named(net, "net")}
  ${named(driver, "driver")}
  (instance $net-instance (instantiate $net ${wasi(net)}))
  (instance $driver-instance (instantiate $driver ${wasi(driver)} ${own}))
  (export "wasi:cli/run@0.3.0" (instance $driver-instance "wasi:cli/run@0.3.0")))`;
  return new Uint8Array(await parse(text));
}
