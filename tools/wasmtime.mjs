#!/usr/bin/env node
// Installs Wasmtime's Python wheel for the suites and the demo, into a virtual environment under build/:
//
//     node tools/wasmtime.mjs
//
// 46.0.1 is the last wheel whose component host lets TCP and UDP be switched on, by `inherit_network`: later ones deny
// both by default and have no function to allow them.

import { installWheel } from "./lib/python.mjs";

const WHEEL = "wasmtime==46.0.1";
const SHOW = `
import sys
from importlib.metadata import version
import wasmtime
print("wasmtime", version("wasmtime"), "on Python", sys.version.split()[0])
`;

const ready = await installWheel(WHEEL, ["-c", SHOW]);
if (!ready) console.error("no Wasmtime: what needs it is skipped");
process.exitCode = ready ? 0 : 1;
