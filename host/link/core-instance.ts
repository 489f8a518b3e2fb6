/** Instances of core modules: what each imports is held against what it is given, and given to the engine. */
import { type Made, withTurns } from "../abi/turns.ts";
import { importObject, type WasmExports } from "../abi/webassembly.ts";
import { quoted } from "../component/names.ts";
import type { CoreItem, Items, ModuleItem } from "./items.ts";
import { countInstance, type Program } from "./program.ts";
import { LinkError } from "./refusal.ts";

type CoreInstance = Items["core instance"];

/**
 * Instantiates a core module; where only types are looked at, it is nothing but its types.
 *
 * @param given what it is given, by the names of the modules that it imports from
 * @throws LinkError when it is not given what it imports, or may not be instantiated again
 */
export function coreInstance(
  program: Program,
  { module, mayRepeat, interface: declared }: ModuleItem,
  given: ReadonlyMap<string, CoreInstance>,
): CoreInstance {
  countInstance(program);
  if (program.usedUp.has(module)) {
    throw new LinkError(
      "a core module with memory of its own is instantiated twice: its memory can't be limited",
    );
  }
  if (program.modules === undefined) return exportsOf(declared, undefined);
  if (!mayRepeat) program.usedUp.add(module);
  const wanted = declared.imports.map((each) => [each, itemFor(each, given)] as const);
  addTurns(
    wanted.map(([, item]) => item),
    program,
  );
  const imports = importObject(wanted.map(([{ module: from, name }, { value }]) => [from, name, value]));
  return exportsOf(declared, program.engine.instantiate(module, imports));
}

function itemFor(
  { module: from, name, kind, signature }: ModuleItem["interface"]["imports"][number],
  given: ReadonlyMap<string, CoreInstance>,
): CoreItem {
  const item = given.get(from)?.get(name);
  const called = (): string => `${quoted(from)} ${quoted(name)}`;
  if (item === undefined) throw new LinkError(`a core module imports ${called()}, which it is not given`);
  if (item.kind !== kind)
    throw new LinkError(`a core module imports ${called()} as a ${kind}: it is a ${item.kind}`);
  if (item.isOurs && item.signature !== signature) {
    throw new LinkError(
      `a core module imports ${called()} as (${signature ?? "unknown"}): it is (${item.signature ?? "unknown"})`,
    );
  }
  return item;
}

/** Puts turns of the event loop between the calls of functions that are imported for the first time. */
function addTurns(items: readonly CoreItem[], { turns }: Program): void {
  const fresh = [...new Set(items)].filter(({ made }) => made !== undefined);
  const calls = withTurns(
    fresh.map(({ made }) => made as Made),
    turns,
  );
  for (const [i, item] of fresh.entries()) {
    item.made = undefined;
    item.value = calls[i];
  }
}

/** What a core instance exports, with the types that its module says. */
function exportsOf(
  declared: ModuleItem["interface"],
  exports: WasmExports | undefined,
): Items["core instance"] {
  const items = new Map<string, CoreItem>();
  for (const [name, { kind, signature }] of declared.exports) {
    if (exports !== undefined && !Object.hasOwn(exports, name))
      throw new LinkError(`a core instance lacks its export ${quoted(name)}`);
    items.set(name, { kind, value: exports?.[name], signature });
  }
  return items;
}
