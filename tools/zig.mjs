#!/usr/bin/env node
// Installs Zig's Python wheel, which brings a C compiler for the bench's programs in C, into the virtual environment
// under build/:
//
//     node tools/zig.mjs

import "./lib/help.mjs";
import { installWheels, ZIG } from "./lib/python.mjs";

const ready = await installWheels([ZIG], ["-m", "ziglang", "version"]);
if (!ready) console.error("no zig: the bench's rows with programs in C are left out");
process.exitCode = ready ? 0 : 1;
