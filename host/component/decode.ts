/**
 * Reading of components.
 *
 * Source: the component model's `Binary.md`. What is read is what the binary says, whole: nothing is linked or
 * looked up here, except that names are names.
 */
import type { Component, Definition, ExternType, Named, SortIndex } from "./ast.ts";
import { canon } from "./canon.ts";
import { quoted, uniqueKey } from "./names.ts";
import { Reader } from "./reader.ts";
import {
  alias,
  coreSort,
  coreType,
  DEEPEST,
  externName,
  externType,
  sort,
  type,
  valueType,
} from "./types.ts";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

/** Whether bytes begin as a component does. */
export function isComponent(bytes: Uint8Array): boolean {
  return HEADER.every((byte, i) => bytes[i] === byte);
}

/**
 * Reads a component.
 *
 * @param bytes the file; core modules are views of it
 * @throws MalformedError when it isn't one, or is larger than what is read
 */
export function decodeComponent(bytes: Uint8Array): Component {
  return component(new Reader(bytes), 0);
}

function component(reader: Reader, depth: number): Component {
  if (depth > DEEPEST) throw reader.wrong(`components lie more than ${DEEPEST} deep in one another`);
  for (const byte of HEADER) reader.expect(byte, "the header of a component");
  const definitions: Definition[] = [];
  const names = { import: new Set<string>(), export: new Set<string>() };
  while (!reader.isDone) {
    const id = reader.byte();
    const section = reader.part(reader.u32());
    const read = SECTIONS.get(id);
    if (id === 0) continue;
    if (id === 1) definitions.push({ kind: "core module", bytes: section.takeRest() });
    else if (id === 4) definitions.push({ kind: "component", component: component(section, depth + 1) });
    else if (id === 9) definitions.push(start(section));
    else if (read !== undefined) {
      for (const definition of section.vector(() => read(section, depth))) {
        if (definition.kind === "import" || definition.kind === "export") {
          unique(names[definition.kind], definition.name, section);
        }
        definitions.push(definition);
      }
    } else throw reader.wrong(`there is no section ${id}`);
    if (!section.isDone) throw section.wrong("a section is longer than what is in it");
  }
  return { definitions };
}

/** Refuses a name that is there, or is like one. */
function unique(names: Set<string>, name: string, reader: Reader): void {
  const key = uniqueKey(name);
  if (names.has(key)) throw reader.wrong(`the name ${quoted(name)} is there twice`);
  names.add(key);
}

type ReadItem = (reader: Reader, depth: number) => Definition;

/** How one item is read, by the number of the section in which there are many. */
const SECTIONS: ReadonlyMap<number, ReadItem> = new Map<number, ReadItem>([
  [2, coreInstance],
  [3, (reader) => ({ kind: "core type", type: coreType(reader) })],
  [5, instance],
  [6, alias],
  [7, (reader, depth) => ({ kind: "type", type: type(reader, depth) })],
  [8, canon],
  [10, (reader) => ({ kind: "import", ...externName(reader), type: externType(reader) })],
  [11, exported],
  [12, value],
]);

function exported(reader: Reader): Definition {
  const name = externName(reader);
  const of = sortIndex(reader);
  const given: ExternType | undefined = reader.optional(() => externType(reader));
  return { kind: "export", ...name, ...of, type: given };
}

function value(reader: Reader): Definition {
  const of = valueType(reader);
  return { kind: "value", type: of, bytes: reader.take(reader.u32()) };
}

function sortIndex(reader: Reader): SortIndex {
  return { sort: sort(reader), index: reader.u32() };
}

/** Things with names of which none is there twice. */
function uniquely(reader: Reader, named: () => Named): Named[] {
  const names = new Set<string>();
  return reader.vector(() => {
    const one = named();
    if (names.has(one.name)) throw reader.wrong(`the name ${quoted(one.name)} is there twice`);
    names.add(one.name);
    return one;
  });
}

function coreInstance(reader: Reader): Definition {
  if (reader.flag("a list of exports")) {
    const exports = uniquely(reader, () => {
      const name = reader.name();
      return { name, sort: coreSort(reader), index: reader.u32() };
    });
    return { kind: "core instance of exports", exports };
  }
  const module = reader.u32();
  const given = uniquely(reader, () => {
    const name = reader.name();
    reader.expect(0x12, "an instance");
    return { name, sort: "core instance", index: reader.u32() };
  });
  return { kind: "core instance", module, with: given };
}

function instance(reader: Reader): Definition {
  if (reader.flag("a list of exports")) {
    const exports = uniquely(reader, () => ({ name: externName(reader).name, ...sortIndex(reader) }));
    return { kind: "instance of exports", exports };
  }
  const of = reader.u32();
  return {
    kind: "instance",
    component: of,
    with: uniquely(reader, () => ({ name: reader.name(), ...sortIndex(reader) })),
  };
}

function start(reader: Reader): Definition {
  const func = reader.u32();
  return { kind: "start", func, args: reader.vector(() => reader.u32()), results: reader.u32() };
}
