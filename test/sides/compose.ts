/** Run by the build: makes the command of driver.ts, of the component and its WIT, beside itself. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composed } from "./driver.ts";

// compiled, this file lies in build/test/sides
const root = new URL("../../../", import.meta.url);
const wit = mkdtempSync(join(tmpdir(), "wasock-driver-"));
try {
  cpSync(new URL("test/sides/driver.wit", root), join(wit, "driver.wit"));
  mkdirSync(join(wit, "deps"));
  cpSync(new URL("wit/wasi03/net.wit", root), join(wit, "deps/net.wit"));
  const component = readFileSync(new URL("build/wasock.wasi03.component.wasm", root));
  writeFileSync(new URL("driver.wasm", import.meta.url), await composed(component, wit));
} finally {
  rmSync(wit, { recursive: true, force: true });
}
