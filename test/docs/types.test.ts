/** The package's types: programs in strict TypeScript that use them, the blocks of README.md and docs/ among them. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Blocks that need more than they say, and why. */
const without: readonly (readonly [text: string, why: string])[] = [
  ["jco transpile", "what jco makes of the component has types of its own"],
  ["node:diagnostics_channel", "to Node's types a message may be anything"],
  ["wasock/host/preview1", "its functions take parameters whose types JavaScript can't say"],
  ["wasock/component", "what a component exports has types of its own"],
  ["const seen = []", "JavaScript can't say what an empty list is of"],
];

/** What a program may write and what it may not, where a wrong line is one without an error. */
const program = `
import { AddressFamily, AddressInfo, type IpProto, lastError, Level, makeAddressInfo, makeSockaddr } from "wasock";
import { NetError, type OptionName, Socket, socket, SocketOpt, type SocketState, SocketType } from "wasock";
import { allowAll, createHost, runCommand } from "wasock/host";
import * as lowered from "wasock/host/lowered";
import * as preview1 from "wasock/host/preview1";

// a number of the program's own may stand for a constant
const own: number = Math.max(2, 1);
export const sockets = [socket(own, own), new Socket(own, own, own), new Socket(AddressFamily.inet, 1)];
export const info: AddressInfo = makeAddressInfo(own, SocketType.any, own);
// @ts-expect-error
new Socket("inet", SocketType.stream);
// @ts-expect-error
makeAddressInfo(AddressFamily.inet, "stream", 0);

// what a socket and an address tell is one of the constants
declare const open: Socket;
export const family: AddressFamily = open.family;
export const other: 0 | 1 | 2 | 10 = makeSockaddr("::1").family;
export const type: 0 | 1 | 2 | 3 = open.type;
// @ts-expect-error
open.family === 7;
export const protocol: IpProto = 17;
export const name: OptionName = SocketOpt.reuseaddr;
export const value: number = open.getSocketOption(Level.socket, name) + open.getSocketOption(own, own);
export const state: SocketState = open.toJSON().state;
export const error: NetError | null = lastError();
// @ts-expect-error
void open.receive(1, { timout: 5 });
// @ts-expect-error
open.isHosted;

export const host = createHost({ policy: allowAll });
export const run = runCommand(Buffer.from(""), { args: [] });
export { lowered, preview1 };
`;

/** What jco makes of a component takes a host's imports as they are, in its own types. */
const component = `
import { allowAll, createHost } from "wasock/host";
import { type ImportObject, instantiate } from "../../jco/jspi/wasock.js";

const host = createHost({ policy: allowAll });
export const imports: ImportObject = host.imports;
declare const compiled: Parameters<typeof instantiate>[0];
export const instance = instantiate(compiled, host.imports);
// what the host does not serve is still missed
interface More extends ImportObject { "wasi:cli/environment@0.2.12": object }
// @ts-expect-error
export const more: More = host.imports;
// and a misspelt name is no name
// @ts-expect-error
host.imports["wasi:io/pol@0.2.12"];
// the names without a version keep their types
export const ready: boolean = host.imports["wasi:clocks/monotonic-clock"].subscribeInstant(0n).ready();
`;

/** @returns what it is called, and its code */
function blocksOf(file: string): [string, string][] {
  const code = [...readFileSync(join(root, file), "utf8").matchAll(/^```js\n([\s\S]*?)^```$/gm)];
  return code.map(([, text = ""], at) => [`${file.replace(/\W/g, "-")}-${at}.ts`, text]);
}

const docs = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
const blocks = ["README.md", ...docs.map((name) => `docs/${name}`)]
  .flatMap(blocksOf)
  .filter(([, code]) => !without.some(([text]) => code.includes(text)));

// inside the repository, so that "wasock" resolves to this package as it does for a user
mkdirSync(join(root, "build/docs"), { recursive: true });
const folder = mkdtempSync(join(root, "build/docs/types-"));
for (const [name, code] of [
  ...blocks,
  ["program.ts", program] as const,
  ["component.ts", component] as const,
])
  writeFileSync(join(folder, name), code);
const compilerOptions = {
  ...{ strict: true, skipLibCheck: false, noEmit: true, target: "es2022", module: "nodenext" },
  types: ["node"],
};
writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));

/** Runs the compiler; what it prints. */
function tsc(...args: string[]): Promise<string> {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, "-p", folder, ...args], { cwd: folder }, (_, stdout) =>
      resolve(stdout),
    );
  });
}

test("programs in strict TypeScript, the docs' among them, are right, and the declarations too", async () => {
  assert.ok(blocks.length >= 8, `only ${blocks.length} blocks`);
  assert.is(await tsc(), "");
});

test("the declarations are of TypeScript 5.2, which knows no Uint8Array<ArrayBuffer>", async () => {
  const files = (await tsc("--listFilesOnly"))
    .split("\n")
    .filter((file) => /\/build\/(?:host|src)\//.test(file));
  assert.ok(files.length > 20, `only ${files.length} declarations`);
  const generic = /\b(\w+Array|DataView|Buffer)</;
  for (const file of files) assert.not.match(readFileSync(file, "utf8"), generic, file);
});

test.after(() => rmSync(folder, { recursive: true }));

test.run();
