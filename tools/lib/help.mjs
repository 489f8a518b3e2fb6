// Where a tool is asked for `--help`, prints what stands at the head of its file, and ends.

import { readFileSync } from "node:fs";

const [, file = "", first = ""] = process.argv;
if (["--help", "-h"].includes(first)) {
  const lines = readFileSync(file, "utf8")
    .replace(/^#!.*\n/, "")
    .split("\n");
  const end = lines.findIndex((line) => !line.startsWith("//"));
  console.log(
    lines
      .slice(0, end)
      .map((line) => line.replace(/^\/\/ ?/, ""))
      .join("\n"),
  );
  process.exit(0);
}
