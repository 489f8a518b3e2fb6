/** The API is the same on every side: WIT, TypeScript and AssemblyScript name the same things. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as library from "../src/index.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, root)), "utf8");

const camel = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** The parameters' names of a function, from its text between the parentheses. */
function names(parameters: string): string[] {
  return parameters
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")
    .split(/,(?![^<(]*[>)])/)
    .map(
      (parameter) =>
        parameter
          .trim()
          .replace(/^%/, "")
          .split(/[:?=\s]/)[0] ?? "",
    )
    .filter((name) => name !== "")
    .map(camel);
}

function functionsIn(text: string, pattern: RegExp): Map<string, string[]> {
  return new Map(
    [...text.matchAll(pattern)].map(([, name = "", parameters = ""]) => [camel(name), names(parameters)]),
  );
}

// The functions of the interface `net`.
const wit = read("wit/net.wit");
const netInterface = wit.slice(wit.indexOf("\ninterface net {"), wit.indexOf("\ninterface operations {"));
const witFunctions = functionsIn(
  netInterface,
  /^ {2}%?([a-z0-9-]+): func\(([^)]*(?:\([^)]*\)[^)]*)*?)\)(?: ->|;)/gm,
);

const scripts = readdirSync(fileURLToPath(new URL("assembly/faces/library/", root)));
const assembly = scripts.map((name) => read(`assembly/faces/library/${name}`)).join("\n");
// Helpers of the library that its entry does not mean for programs.
const assemblyHelpers = ["utf8", "serviceText", "recordError", "place", "describeFailure"];
const assemblyFunctions = functionsIn(
  assembly,
  /^export function (\w+)(?:<[^>]*>)?\(([\s\S]*?)\)(?:: [^{]*)? \{$/gm,
);
for (const name of assemblyHelpers) assemblyFunctions.delete(name);

const folder = "build/src/functions/";
const declarations = readdirSync(fileURLToPath(new URL(folder, root))).filter((name) =>
  name.endsWith(".d.ts"),
);
const declared = functionsIn(
  [
    ...declarations.map((name) => read(folder + name)),
    read("build/src/errors.d.ts"),
    read("build/src/sockaddr.d.ts"),
  ].join("\n"),
  /^export declare function (\w+)(?:<[^>]*>)?\(([\s\S]*?)\): [\s\S]*?;$/gm,
);
const exported = library as unknown as Readonly<Record<string, unknown>>;
/** What only the Node library can do: the others are on the network of whoever runs them. */
const onlyHere = new Set(["onNetwork"]);
const scriptFunctions = new Map(
  Object.keys(library)
    .filter((name) => typeof exported[name] === "function" && /^[a-z]/.test(name) && !onlyHere.has(name))
    .map((name) => [name, declared.get(name) ?? []]),
);

/** Functions that a side has no use for, and why. */
const without: Readonly<Record<string, { readonly side: "wit"; readonly why: string }>> = {
  isAddressInfo: { side: "wit", why: "WIT is typed" },
  isSockaddr: { side: "wit", why: "WIT is typed" },
  lastError: { side: "wit", why: "a result of WIT has its error" },
};

/** Parameters that differ, and why: TypeScript's and AssemblyScript's → WIT's. */
const differs: Readonly<Record<string, { readonly wit: string[]; readonly why: string }>> = {
  receiveInto: { wit: ["socket", "n", "flags", "ai"], why: "WIT has no buffers of the caller's" },
  receiveIntoNonBlocking: { wit: ["socket", "n", "timeout", "flags", "ai"], why: "as receiveInto" },
  withNetIo: { wit: ["host", "service"], why: "in WIT a function is not a value: it gives a resource" },
};

/** The length of an address, which C wants and nobody else needs. */
const forC = new Set(["bind", "connect", "accept"]);

test("the lists of functions were found", () => {
  for (const list of [witFunctions, assemblyFunctions, scriptFunctions]) {
    assert.ok(list.size > 30, `only ${list.size} functions`);
    assert.equal(list.get("connect")?.slice(0, 2), ["socket", "address"]);
  }
});

test("TypeScript and AssemblyScript have the same functions", () => {
  assert.equal([...scriptFunctions.keys()].sort(), [...assemblyFunctions.keys()].sort());
});

test("TypeScript and WIT have the same functions", () => {
  const expected = [...scriptFunctions.keys()].filter((name) => without[name] === undefined);
  assert.equal([...witFunctions.keys()].sort(), expected.sort());
});

for (const [name, parameters] of scriptFunctions) {
  const own = forC.has(name) ? parameters.filter((parameter) => parameter !== "length") : parameters;
  test(`${name} has the same parameters on every side`, () => {
    assert.equal(assemblyFunctions.get(name), own, "AssemblyScript");
    if (without[name] === undefined) assert.equal(witFunctions.get(name), differs[name]?.wit ?? own, "WIT");
  });
}

/** Constants: the object in TypeScript, the enum in AssemblyScript, the type whose comment lists them in WIT. */
const constants = [
  ["AddressFamily", "address-family"],
  ["SocketType", "socket-type"],
  ["IpProto", "ip-proto"],
  ["Ai", "ai-flags"],
  ["Msg", "message-flags"],
  ["Level", "level"],
  ["SocketOpt", "socket-opt"],
  ["TcpOpt", "tcp-opt"],
  ["IpOpt", "ip-opt"],
  ["Ipv6Opt", "ipv6-opt"],
] as const;

const sorted = (entries: [string, number][]): [string, number][] => entries.sort(([, a], [, b]) => a - b);

for (const [name, type] of constants) {
  const values = sorted(Object.entries(exported[name] as object));

  test(`${name} has the same numbers in AssemblyScript`, () => {
    const body = new RegExp(`^export enum ${name} \\{([^}]*)\\}`, "m").exec(assembly)?.[1] ?? "";
    const found = [...body.matchAll(/(\w+) = (\w+),/g)].map(
      ([, key = "", value]) => [key, Number(value)] as [string, number],
    );
    assert.equal(sorted(found), values);
  });

  test(`${name} has the same numbers in WIT`, () => {
    const comment = new RegExp(`((?: *///.*\n)+) *type ${type} = s32;`).exec(wit)?.[1] ?? "";
    const text = comment.replace(/ *\/\/\/ ?/g, " ").replace(/^[^:]*:/, "");
    const found = [...text.matchAll(/(\d+) ([a-z][a-z0-9-]*)/g)].map(
      ([, value, key = ""]) => [camel(key), Number(value)] as [string, number],
    );
    assert.equal(sorted(found), values);
  });
}

test("every group of constants is compared", () => {
  const groups = Object.keys(library).filter(
    (name) => typeof exported[name] === "object" && /^[A-Z]/.test(name),
  );
  assert.equal(groups.sort(), constants.map(([name]) => name).sort());
});

test.run();
