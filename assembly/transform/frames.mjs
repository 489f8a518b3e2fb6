// Takes out what AssemblyScript's `incremental` runtime would do for nothing.
//
// Its collector finds what the functions under way hold in their locals through a shadow stack: each function
// that has references has a frame there, and stores into it whatever it passes on. Every allocation may collect,
// so that nearly every function needs this, which makes 43 KB of a network program of 28 KB.
//
// So the allocations of this library's own code don't collect. Those of the program and of AssemblyScript's library
// still do, and so does every call that may wait for the network, which keeps up with the others. From most
// functions none of these can be reached: nothing looks at their frames, and they lose them here, before the module
// is optimized. A function with anything unknown in it is left as it is.

import binaryen from "assemblyscript/binaryen";

/** The pointer to the shadow stack, which grows down. */
const POINTER = "~lib/memory/__stack_pointer";
/** Looks whether the shadow stack is used up. */
const CHECK = "~stack_check";
const ALLOCATE = "~lib/rt/itcms/__new";
const INTERRUPT = "~lib/rt/itcms/interrupt";
const COLLECT = "~lib/rt/itcms/__collect";
/** Ends the program: what it collects is missed by nobody. */
const ABORT = "~lib/builtins/abort";
/** Allocates, and never collects. */
const QUIETLY = "~wasock/new";
/** How asc calls the functions of this library, and what the constructors of all classes call. */
const OWN = ["~lib/wasock/assembly/", "~lib/object/Object#constructor"];

/** Collects as much as an allocation would: what assembly/abi/collect.ts imports as `wasock.collect`. */
export const COLLECTS = "~wasock/collect";

/**
 * The runtime's side of the package, which says less in its types than it has.
 *
 * @typedef {{ id: number, [part: string]: number | string | number[] }} Info
 * @type {{
 *   ExpressionIds: Record<string, number>,
 *   Block: { setChildAt(block: number, index: number, child: number): void },
 *   If: { setIfTrue(statement: number, child: number): void },
 *   Call: { setTarget(call: number, target: string): void },
 *   getExpressionId(expression: number): number,
 *   getExpressionInfo(expression: number): Info,
 * }}
 */
const { ExpressionIds: ids, ...ir } = /** @type {never} */ (binaryen);

/** Where each kind of expression has others in it. A function with any other kind is left alone. */
const PARTS = new Map([
  [ids.Block, ["children"]],
  [ids.If, ["condition", "ifTrue", "ifFalse"]],
  [ids.Loop, ["body"]],
  [ids.Break, ["condition", "value"]],
  [ids.Switch, ["condition", "value"]],
  [ids.Call, ["operands"]],
  [ids.CallIndirect, ["target", "operands"]],
  [ids.LocalGet, []],
  [ids.LocalSet, ["value"]],
  [ids.GlobalGet, []],
  [ids.GlobalSet, ["value"]],
  [ids.Load, ["ptr"]],
  [ids.Store, ["ptr", "value"]],
  [ids.Const, []],
  [ids.Unary, ["value"]],
  [ids.Binary, ["left", "right"]],
  [ids.Select, ["ifTrue", "ifFalse", "condition"]],
  [ids.Drop, ["value"]],
  [ids.Return, ["value"]],
  [ids.MemorySize, []],
  [ids.MemoryGrow, ["delta"]],
  [ids.MemoryCopy, ["dest", "source", "size"]],
  [ids.MemoryFill, ["dest", "value", "size"]],
]);
/** Those that have nothing in them, and of which binaryen tells nothing. */
const EMPTY = new Set([ids.Nop, ids.Unreachable]);

/**
 * What is known of a function.
 *
 * @typedef {object} Known
 * @property {Set<string>} calls the functions that it calls
 * @property {boolean} collects whether it may collect by itself, as far as is known
 * @property {boolean} strange whether it has something unknown in it
 * @property {[call: number, target: string][]} targets its calls
 * @property {(() => void)[]} frame takes out, piece by piece, what makes its frame
 * @property {number} pointers how often the pointer is read, less those reads that are in `frame`
 */

/**
 * Takes frames out.
 *
 * @param {binaryen.Module} module the compiled module, not optimized yet
 * @returns {boolean} whether the runtime is the one that has frames
 */
export function removeFrames(module) {
  const bodies = functionsOf(module);
  const allocate = bodies.get(ALLOCATE);
  const interrupt = allocate === undefined ? undefined : callOf(allocate, INTERRUPT);
  if (allocate === undefined || interrupt === undefined || !bodies.has(INTERRUPT)) return false;
  addQuietAllocation(module, interrupt);

  const functions = new Map([...bodies].map(([name, body]) => [name, lookAt(module, body)]));
  for (const [name, { targets, calls }] of functions) {
    if (!OWN.some((own) => name.startsWith(own)) || !calls.delete(ALLOCATE)) continue;
    for (const [call, target] of targets) if (target === ALLOCATE) ir.Call.setTarget(call, QUIETLY);
  }
  const collecting = thoseThatReach(functions, new Set([INTERRUPT, COLLECT, COLLECTS]));
  for (const [name, { frame, pointers, strange }] of functions) {
    if (collecting.has(name) || strange || pointers !== 0) continue;
    for (const remove of frame) remove();
  }
  return true;
}

/**
 * @param {binaryen.Module} module a module
 * @returns {Map<string, number>} its functions' bodies, without the imports
 */
function functionsOf(module) {
  const infos = Array.from({ length: module.getNumFunctions() }, (_, index) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
  );
  return new Map(infos.filter(({ body }) => body !== 0).map(({ name, body }) => [name, body]));
}

/**
 * Finds a statement that does nothing but call a function, maybe under a condition.
 *
 * @param {number} body a function's body
 * @param {string} target the function
 * @returns {{ block: number, index: number, statement: number } | undefined} where it is
 */
function callOf(body, target) {
  const { id, children } = EMPTY.has(ir.getExpressionId(body))
    ? { id: 0, children: [] }
    : ir.getExpressionInfo(body);
  if (id !== ids.Block || !Array.isArray(children)) return undefined;
  const index = children.findIndex((child) => {
    const info = ir.getExpressionId(child) === ids.If ? ir.getExpressionInfo(child) : undefined;
    return info !== undefined && lookAt(undefined, /** @type {number} */ (info.ifTrue)).calls.has(target);
  });
  const statement = children[index];
  return statement === undefined ? undefined : { block: body, index, statement };
}

/**
 * Adds the allocation that doesn't collect, and the collection that doesn't allocate.
 *
 * @param {binaryen.Module} module the module
 * @param {{ block: number, index: number, statement: number }} interrupt where the runtime's own collects
 */
function addQuietAllocation(module, { block, index, statement }) {
  const { params, results, vars } = binaryen.getFunctionInfo(module.getFunction(ALLOCATE));
  const body = module.copyExpression(block);
  ir.Block.setChildAt(body, index, module.nop());
  module.addFunction(QUIETLY, params, results, vars, body);
  module.addFunction(COLLECTS, binaryen.none, binaryen.none, [], module.copyExpression(statement));
}

/**
 * Looks at a function.
 *
 * @param {binaryen.Module | undefined} module the module; without one, nothing is to be
 *   replaced
 * @param {number} body its body
 * @returns {Known} what is known of it then
 */
function lookAt(module, body) {
  /** @type {Known} */
  const known = { calls: new Set(), collects: false, strange: false, targets: [], frame: [], pointers: 0 };
  const visit = (/** @type {number} */ expression) => {
    const id = ir.getExpressionId(expression);
    if (EMPTY.has(id)) return;
    const parts = PARTS.get(id);
    if (parts === undefined) {
      known.strange = true;
      return;
    }
    const info = ir.getExpressionInfo(expression);
    if (id === ids.Call) {
      known.calls.add(String(info.target));
      known.targets.push([expression, String(info.target)]);
    } else if (id === ids.CallIndirect) {
      known.collects = true; // it may be any function
    } else if (id === ids.GlobalGet && info.name === POINTER) {
      known.pointers++;
    } else if (module !== undefined && (id === ids.Block || id === ids.If)) {
      const children = id === ids.Block ? /** @type {number[]} */ (info.children) : [Number(info.ifTrue)];
      children.forEach((child, index) => {
        const instead = withoutFrame(module, child);
        if (instead === undefined) return;
        known.frame.push(() => {
          if (id === ids.If) ir.If.setIfTrue(expression, instead.make());
          else ir.Block.setChildAt(expression, index, instead.make());
        });
        known.pointers -= instead.pointers;
      });
    }
    for (const part of parts) {
      const inside = info[part];
      for (const child of Array.isArray(inside) ? inside : [Number(inside)]) if (child !== 0) visit(child);
    }
  };
  visit(body);
  return known;
}

/**
 * Recognizes a statement that belongs to a frame.
 *
 * @param {binaryen.Module} module the module
 * @param {number} statement any statement
 * @returns {{ make: () => number, pointers: number } | undefined} what takes its place, and how often it reads the
 *   pointer; `undefined` when it is something else
 */
function withoutFrame(module, statement) {
  const isPointer = (/** @type {unknown} */ expression) =>
    ir.getExpressionId(Number(expression)) === ids.GlobalGet &&
    ir.getExpressionInfo(Number(expression)).name === POINTER;
  const id = ir.getExpressionId(statement);
  if (id !== ids.Store && id !== ids.GlobalSet && id !== ids.Call && id !== ids.MemoryFill) return undefined;
  const info = ir.getExpressionInfo(statement);
  if (id === ids.Store && isPointer(info.ptr)) {
    return { make: () => module.drop(Number(info.value)), pointers: 1 };
  }
  const nothing = (/** @type {number} */ pointers) => ({ make: () => module.nop(), pointers });
  if (id === ids.MemoryFill && isPointer(info.dest)) return nothing(1);
  if (id === ids.Call && info.target === CHECK) return nothing(0);
  if (id !== ids.GlobalSet || info.name !== POINTER) return undefined;
  const { id: kind, left } = ir.getExpressionInfo(Number(info.value));
  return kind === ids.Binary && isPointer(left) ? nothing(1) : undefined;
}

/**
 * @param {Map<string, Known>} functions all functions
 * @param {Set<string>} goals some of them
 * @returns {Set<string>} those from which one of these can be reached, as far as is known, and these
 */
function thoseThatReach(functions, goals) {
  const callers = new Map();
  for (const [name, { calls }] of functions) {
    for (const called of calls)
      if (called !== ABORT) callers.set(called, [...(callers.get(called) ?? []), name]);
  }
  const found = new Set(goals);
  for (const [name, { collects, strange }] of functions) if (collects || strange) found.add(name);
  for (const name of found) for (const caller of callers.get(name) ?? []) found.add(caller);
  return found;
}
