/** `wasock init`: a new project in AssemblyScript. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { packageFile } from "../../host/package-files.ts";
import { INIT } from "./flags.ts";
import { helpOf } from "./help.ts";
import { INSTALL, projectFiles } from "./init-files.ts";
import { readOptions } from "./options.ts";
import { UsageError } from "./usage.ts";

const TEXT =
  "Makes a new project in AssemblyScript: a program that talks to a server, its test, and what builds both. The folder " +
  "defaults to the working directory. Files that are there already stay as they are.";

const FOOT = `example
  wasock init hello && cd hello && npm install && npm test
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
  const folder = resolve(given);
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw new UsageError(`${given}: this is a file, and a project is a folder`);
  }
  const { version } = JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string };
  let hasOwnPackage = false;
  for (const [path, text] of projectFiles(nameOf(folder), version)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    const isNew = write(file, text);
    console.log(`${isNew ? "made" : "kept"}  ${path}`);
    if (path === "package.json" && !isNew) hasOwnPackage = true;
  }
  const steps = [
    ...(folder === process.cwd() ? [] : [`cd ${given}`]),
    hasOwnPackage ? INSTALL : "npm install",
    hasOwnPackage ? "npx wasock build main.ts" : "npm test",
  ];
  console.log(`\nnext: ${steps.join(" && ")}`);
  return 0;
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
