/** The files of a new project. */

const MAIN = `// Asks a server for a page over HTTP, and prints the first line of its answer.

import { args, exit, InputPort, OutputPort, print, printError, withNetIo } from "wasock/assembly";

const given = args();
const host = given.length > 1 ? given[1] : "localhost";
const port = given.length > 2 ? given[2] : "http";

function greet(input: InputPort, output: OutputPort): string {
  output.writeString(\`GET / HTTP/1.0\\r\\nHost: \${host}\\r\\n\\r\\n\`);
  output.flush();
  const line = input.readLine();
  return line !== null ? line : "";
}

const answer = withNetIo<string>(host, port, greet);
if (answer.length) {
  print(\`\${host} says \${answer}\`);
} else {
  printError(\`\${host} says nothing\`);
  exit(1);
}
`;

const TEST = `import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);

test("prints what a server says", async () => {
  const server = createServer((request, response) => response.end("hello"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address();
  try {
    const wasock = ["wasock", "run", \`--allow-net=127.0.0.1:\${port}\`, "build/main.wasm"];
    const { stdout } = await run("npx", [...wasock, "127.0.0.1", String(port)]);
    assert.equal(stdout, "127.0.0.1 says HTTP/1.1 200 OK\\n");
  } finally {
    server.close();
  }
});
`;

/** The packages that a project needs besides this one, in the versions that this one was made with. */
const PEERS = { assemblyscript: "^0.28.20", "@bytecodealliance/jco-transpile": "^0.15.0" };

/** What someone has to install whose package.json is not ours. */
export const INSTALL: string = `npm install --save-dev wasock ${Object.keys(PEERS).join(" ")}`;

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * Makes the files of a new project.
 *
 * @param name the project's
 * @param version this package's
 * @returns path in the project → text
 */
export function projectFiles(name: string, version: string): ReadonlyMap<string, string> {
  return new Map([
    [
      "package.json",
      json({
        name,
        version: "0.0.0",
        private: true,
        type: "module",
        scripts: {
          build: "wasock build main.ts -o build/main.wasm",
          start: "wasock run --allow-net build/main.wasm",
          test: "npm run build && node --test",
        },
        devDependencies: { ...PEERS, wasock: `^${version}` },
      }),
    ],
    ["asconfig.json", json({ extends: "wasock/asconfig.json" })],
    // for editors: AssemblyScript's types in place of JavaScript's
    ["tsconfig.json", json({ extends: "assemblyscript/std/assembly.json", include: ["*.ts"] })],
    [".gitignore", "node_modules/\nbuild/\n"],
    ["main.ts", MAIN],
    ["test/main.test.js", TEST],
  ]);
}
