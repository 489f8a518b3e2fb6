/** `wasock init`: a new project in AssemblyScript. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { nearest } from "../../host/messages/known-keys.ts";
import { printable } from "../../host/messages/printable.ts";
import { packageFile } from "../../host/runtime/package-files.ts";
import { INIT } from "./flags.ts";
import { helpOf } from "./help.ts";
import { INSTALL, projectFiles, templates } from "./init-files.ts";
import { readOptions } from "./options.ts";
import { UsageError } from "./usage.ts";

const TEXT =
  "Makes a new project in AssemblyScript: a program, its test, and what builds both. The folder defaults to the working " +
  "directory. Files that are there already stay as they are.";

const FOOT = `examples
  wasock init hello && cd hello && npm install && npm test
  wasock init --template server echo
`;

/** A package's name made of a folder's. */
function nameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "");
  return name === "" ? "program" : name;
}

/** Runs the command; its exit code. */
export async function init(args: string[]): Promise<number> {
  const { values, positionals } = readOptions("wasock init", INIT, args);
  if (values.help) {
    console.log(helpOf("wasock init [options] [folder]", TEXT, INIT, FOOT));
    return 0;
  }
  const [given = ".", ...more] = positionals;
  if (more.length > 0) throw new UsageError("wasock init takes one folder: wasock init hello");
  const { template = "client", yes = false } = values;
  if (!templates.includes(template)) {
    const near = nearest(template, templates);
    const hint = near === undefined ? `known are ${templates.join(", ")}` : `did you mean ${near}?`;
    throw new UsageError(`--template ${printable(template)}: ${hint}`);
  }
  const folder = resolve(given);
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw new UsageError(`${printable(given, 1000)}: this is a file, and a project is a folder`);
  }
  const { version } = JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string };
  const files = projectFiles(template, nameOf(folder), version);
  if (!yes && !(await mayWriteInto(folder, printable(given, 1000), files.keys()))) {
    console.log("nothing was written");
    return 1;
  }
  let hasOwnPackage = false;
  for (const [path, text] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    const isNew = write(file, text);
    console.log(`${isNew ? "made" : "kept"}  ${path}`);
    if (path === "package.json" && !isNew) hasOwnPackage = true;
  }
  const steps = [
    ...(folder === process.cwd() ? [] : [`cd ${/\s/.test(given) ? `"${given}"` : given}`]),
    hasOwnPackage ? INSTALL : "npm install",
    hasOwnPackage ? "npx wasock build main.ts" : "npm test",
  ];
  console.log(`\nnext: ${steps.join(" && ")}`);
  return 0;
}

/**
 * Whether files may be put into a folder: an empty one, or one whose owner says so at the terminal.
 *
 * @throws UsageError where nobody can be asked
 */
async function mayWriteInto(folder: string, name: string, files: Iterable<string>): Promise<boolean> {
  const there = existsSync(folder) ? readdirSync(folder).filter((each) => each !== ".git") : [];
  if (there.length === 0) return true;
  const what = `${name === "." ? "this folder" : name} is not empty`;
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UsageError(
      `${what}: --yes writes ${[...files].join(", ")} beside what is there, and changes no file`,
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const question = `${what}. Write ${[...files].join(", ")} beside what is there? Files that are there stay. [y/N] `;
    return /^y(?:es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

/** Writes a file; whether it was not there. */
function write(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "EEXIST") return false;
    throw error;
  }
}
