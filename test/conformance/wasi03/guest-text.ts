/** A guest of WASI 0.3 that does what it is told: a test calls its imports by their numbers, and looks into its memory. */
import { membersOf } from "../../../host/abi/members.ts";
import {
  type CoreType,
  coreSignature,
  type FunctionType,
  flatten,
  type WitType,
} from "../../../host/abi/types.ts";
import { interfaces } from "../../../host/wasi03/descriptions.ts";

/** A function that the guest imports. */
export interface Imported {
  /** How its core function is made. */
  readonly canon: string;
  readonly params: readonly CoreType[];
  readonly results: readonly CoreType[];
  /** Its type, where it is one of WASI's. */
  readonly type?: FunctionType;
}

/** What the guest's own exports use. */
const OWN = 64;

const FULL = '(memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))';

/** More than so many values of a call that is lowered async go through memory. */
export const MOST_ASYNC = 4;

/** The types of streams and futures, by their texts. */
const ends = new Map<string, string>();

function text(type: WitType): string {
  switch (type.kind) {
    case "list":
      return `(list ${text(type.element)})`;
    case "tuple":
      return `(tuple ${type.items.map(text).join(" ")})`;
    case "record":
      return `(record ${type.fields.map(([name, field]) => `(field "${name}" ${text(field)})`).join(" ")})`;
    case "variant":
      return `(variant ${type.cases.map(([name, of]) => `(case "${name}" ${of ? text(of) : ""})`).join(" ")})`;
    case "enum":
      return `(enum ${type.names.map((name) => `"${name}"`).join(" ")})`;
    case "flags":
      return `(flags ${type.names.map((name) => `"${name}"`).join(" ")})`;
    case "option":
      return `(option ${text(type.some)})`;
    case "result":
      return `(result ${type.ok ? text(type.ok) : ""} ${type.err ? `(error ${text(type.err)})` : ""})`;
    case "own":
    case "borrow":
      return `(${type.kind} $${type.resource.name})`;
    case "stream":
    case "future": {
      // the text has these only as types of their own
      const definition = `(${type.kind} ${type.element ? text(type.element) : ""})`;
      const name = ends.get(definition) ?? `$end-${ends.size}`;
      ends.set(definition, name);
      return name;
    }
    default:
      return type.kind;
  }
}

function functionText({ params, result, isAsync }: FunctionType): string {
  const given = params.map(([name, type]) => `(param "${name}" ${text(type)})`).join(" ");
  return `(func ${isAsync ? "async " : ""}${given} ${result ? `(result ${text(result)})` : ""})`;
}

const used = interfaces.filter(
  ({ name }) => name.startsWith("wasi:sockets/") && name !== "wasi:sockets/instance",
);
/** A variable of the text for an interface: the last part of its name. */
const variable = (name: string): string => `$${name.slice(name.indexOf("/") + 1)}`;

function importText(): string {
  const lines = used.flatMap((type) => {
    const resources = type.resources.map(
      ({ type: { name } }) => `(export "${name}" (type $${name} (sub resource)))`,
    );
    const functions = membersOf(type).map(
      ([name, member]) => `(export "${name}" ${functionText(member.type)})`,
    );
    const named = [...ends].map(([definition, name]) => `(type ${name} ${definition})`);
    ends.clear();
    const all = [...resources, ...named, ...functions].join("\n");
    return [
      `(import "${type.name}@0.3.0" (instance ${variable(type.name)} ${all}))`,
      ...type.resources.map(
        ({ type: { name } }) => `(alias export ${variable(type.name)} "${name}" (type $${name}))`,
      ),
    ];
  });
  return lines.join("\n");
}

const ERROR = text(
  ((type: WitType | undefined) => (type?.kind === "result" ? (type.err as WitType) : (type as WitType)))(
    membersOf(used.find(({ name }) => name === "wasi:sockets/types") as (typeof used)[number]).find(
      ([name]) => name === "[method]tcp-socket.bind",
    )?.[1].type.result,
  ),
);

/** The built-ins of one kind of end. */
function endsOf(kind: "stream" | "future", letter: string, type: string): [string, Imported][] {
  const handle: readonly CoreType[] = ["i32"];
  const copy: readonly CoreType[] = kind === "stream" ? ["i32", "i32", "i32"] : ["i32", "i32"];
  const result: readonly CoreType[] = ["i32"];
  const all: [string, string, readonly CoreType[], readonly CoreType[]][] = [
    ["new", "new", [], ["i64"]],
    ["drop-readable", "drop-readable", handle, []],
    ["drop-writable", "drop-writable", handle, []],
  ];
  for (const what of ["read", "write"]) {
    all.push([what, what, copy, result], [`${what}!sync`, what, copy, result]);
    all.push([`cancel-${what}`, `cancel-${what}`, handle, result]);
  }
  return all.map(([name, canon, params, results]) => {
    const options = /^(?:read|write)/.test(name) ? `${name.endsWith("!sync") ? "" : "async "}${FULL}` : "";
    return [`${letter}.${name}`, { canon: `canon ${kind}.${canon} ${type} ${options}`, params, results }];
  });
}

function makeImports(): Map<string, Imported> {
  const imports = new Map<string, Imported>([
    ["set-new", { canon: "canon waitable-set.new", params: [], results: ["i32"] }],
    ["set-drop", { canon: "canon waitable-set.drop", params: ["i32"], results: [] }],
    [
      "set-poll",
      {
        canon: 'canon waitable-set.poll (memory (core memory $libc "memory"))',
        params: ["i32", "i32"],
        results: ["i32"],
      },
    ],
    [
      "set-wait",
      {
        canon: 'canon waitable-set.wait (memory (core memory $libc "memory"))',
        params: ["i32", "i32"],
        results: ["i32"],
      },
    ],
    ["join", { canon: "canon waitable.join", params: ["i32", "i32"], results: [] }],
    ["call-drop", { canon: "canon subtask.drop", params: ["i32"], results: [] }],
    ["call-cancel", { canon: "canon subtask.cancel async", params: ["i32"], results: ["i32"] }],
    ["yield", { canon: "canon thread.yield", params: [], results: ["i32"] }],
    ...endsOf("stream", "bytes", "$bytes"),
    ...endsOf("stream", "arrivals", "$arrivals"),
    ...endsOf("future", "outcome", "$outcome"),
  ]);
  for (const type of used) {
    for (const { type: resource } of type.resources) {
      imports.set(`${resource.name}.drop`, {
        canon: `canon resource.drop $${resource.name}`,
        params: ["i32"],
        results: [],
      });
    }
    for (const [name, member] of membersOf(type)) {
      const key = name.replace(/^\[\w+\]/, "");
      const canon = `canon lower (func ${variable(type.name)} "${name}") ${FULL}`;
      const { params, results } = coreSignature(member.type);
      const isAsync = member.type.isAsync === true;
      imports.set(isAsync ? `${key}!sync` : key, { canon, params, results, type: member.type });
      if (!isAsync) continue;
      const flat = member.type.params.flatMap(([, param]) => flatten(param));
      const given: CoreType[] = flat.length > MOST_ASYNC ? ["i32"] : [...flat];
      if (member.type.result !== undefined) given.push("i32");
      imports.set(key, { canon: `${canon} async`, params: given, results: ["i32"], type: member.type });
    }
  }
  return imports;
}

/** What the guest imports, in the order of its numbers. */
export const imports: ReadonlyMap<string, Imported> = makeImports();

function dispatch(): string {
  return [...imports.values()]
    .map(({ params, results }, i) => {
      const args = params.map((type, at) => {
        const load = `(i64.load offset=${8 * at} (local.get $at))`;
        return type === "i64" ? load : `(i32.wrap_i64 ${load})`;
      });
      const call = `(call $f${i} ${args.join(" ")})`;
      const [result] = results;
      const value =
        result === undefined
          ? `${call} (i64.const 0)`
          : result === "i64"
            ? call
            : `(i64.extend_i32_u ${call})`;
      return `(if (i32.eq (local.get $index) (i32.const ${i})) (then (return ${result === undefined ? `(block (result i64) ${value})` : value})))`;
    })
    .join("\n");
}

/**
 * The guest.
 *
 * @param isSuspended whether what waits does so on its stack; else it returns to its callback
 */
export function guestText(isSuspended: boolean): string {
  const all = [...imports.values()];
  const type = ({ params, results }: Imported): string =>
    `${params.length > 0 ? `(param ${params.join(" ")})` : ""} ${results.length > 0 ? `(result ${results.join(" ")})` : ""}`;
  const lifted = (name: string): string =>
    isSuspended
      ? `(canon lift (core func $i "${name}") async ${FULL})`
      : `(canon lift (core func $i "${name}") async (callback (core func $i "callback")) ${FULL})`;
  const wait = isSuspended
    ? `(func (export "wait") (param $set i32) (local $event i32)
         (local.set $event (call $f${[...imports.keys()].indexOf("set-wait")} (local.get $set) (i32.const ${OWN})))
         (call $return-event (local.get $event) (i32.load (i32.const ${OWN})) (i32.load (i32.const ${OWN + 4}))))
       (func (export "call-and-wait") (param i32 i32 i32)
         (call $return-value (call $call (local.get 0) (local.get 1) (local.get 2))))`
    : `(func (export "wait") (param $set i32) (result i32)
         (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
       (func (export "call-and-wait") (param i32 i32 i32) (result i32) unreachable)
       (func (export "callback") (param i32 i32 i32) (result i32)
         (call $return-event (local.get 0) (local.get 1) (local.get 2)) (i32.const 0))`;
  return `(component
    (core module $libc-module
      (memory (export "memory") 64)
      (global $next (mut i32) (i32.const 2097152))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $p i32)
        (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (if (i32.gt_u (i32.add (local.get $p) (local.get 3)) (i32.const 4194304)) (then
          (local.set $p (i32.const 2097152))))
        (global.set $next (i32.add (local.get $p) (local.get 3)))
        (local.get $p)))
    (core instance $libc (instantiate $libc-module))
    ${importText()}
    (type $bytes (stream u8))
    (type $arrivals (stream (own $tcp-socket)))
    (type $outcome (future (result (error ${ERROR}))))
    ${all.map(({ canon }, i) => `(core func $f${i} (${canon}))`).join("\n")}
    (core func $return-event (canon task.return (result (tuple u32 u32 u32))))
    (core func $return-value (canon task.return (result s64)))
    (core module $m
      (import "libc" "memory" (memory 1))
      ${all.map((imported, i) => `(import "" "f${i}" (func $f${i} ${type(imported)}))`).join("\n")}
      (import "" "return-event" (func $return-event (param i32 i32 i32)))
      (import "" "return-value" (func $return-value (param i64)))
      (func $call (export "call") (param $index i32) (param $at i32) (param i32) (result i64) ${dispatch()} unreachable)
      (func (export "poke") (param $at i32) (param $from i32) (param $size i32)
        (memory.copy (local.get $at) (local.get $from) (local.get $size)))
      (func (export "peek") (param $at i32) (param $size i32) (result i32)
        (i32.store (i32.const ${OWN}) (local.get $at)) (i32.store (i32.const ${OWN + 4}) (local.get $size))
        (i32.const ${OWN}))
      ${wait})
    (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "" (instance
      ${all.map((_, i) => `(export "f${i}" (func $f${i}))`).join("\n")}
      (export "return-event" (func $return-event)) (export "return-value" (func $return-value))))))
    (func (export "call") (param "index" u32) (param "args" (list s64)) (result s64)
      (canon lift (core func $i "call") ${FULL}))
    (func (export "poke") (param "at" u32) (param "bytes" (list u8)) (canon lift (core func $i "poke") ${FULL}))
    (func (export "peek") (param "at" u32) (param "size" u32) (result (list u8))
      (canon lift (core func $i "peek") ${FULL}))
    (func (export "call-and-wait") async (param "index" u32) (param "args" (list s64)) (result s64)
      ${lifted("call-and-wait")})
    (func (export "wait") async (param "set" u32) (result (tuple u32 u32 u32)) ${lifted("wait")}))`;
}
