/** examples/chat-server.ts, with socat as its clients. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { example, Program, testWith } from "./support.ts";

async function startServer(): Promise<{ program: Program; address: string }> {
  const program = example("chat-server", 0, "127.0.0.1");
  const [, address = ""] = await program.says(/^listening on (\S+)$/m);
  return { program, address };
}

async function join(address: string, name: string): Promise<Program> {
  const client = new Program("socat", "-", `TCP:${address}`);
  await client.says(/What is your name\?/);
  client.write(`${name}\n`);
  await client.says(new RegExp(`^\\* ${name} has come$`, "m"));
  return client;
}

const withSocat = testWith("socat");

withSocat("tells everybody what one says, who comes and who leaves", async () => {
  const { address, program } = await startServer();
  const ada = await join(address, "Ada");
  const bob = await join(address, "Bob");
  const eve = await join(address, "Eve");
  await ada.says(/^\* Eve has come$/m);

  ada.write("how are you?\nand you, Eve?\n");
  for (const client of [bob, eve]) await client.says(/^Ada: how are you\?\nAda: and you, Eve\?$/m);
  bob.end("fine, but I must go\n");
  for (const client of [ada, eve]) await client.says(/^Bob: fine, but I must go\n\* Bob has left$/m);

  const { code, stderr } = await program.stop();
  assert.is(code, 0);
  assert.is(stderr, "");
  const { stdout } = await ada.ended();
  assert.not.match(String(stdout), /Ada: /);
  assert.match(String(stdout), /^\* the server is closing$/m);
});

withSocat("puts lines together that come in pieces, and takes control characters out", async () => {
  const { address } = await startServer();
  const ada = await join(address, "Ada");
  const bob = await join(address, "Bob");
  ada.write("\x1b[31mnot ");
  // what another says is heard meanwhile, so the first piece has come
  bob.write("hm\n");
  await ada.says(/^Bob: hm$/m);
  ada.write("red\u0007\r\n");
  await bob.says(/^Ada: \[31mnot red$/m);
});

withSocat("puts a client out whose line has no end, and says so", async () => {
  const { address, program } = await startServer();
  const ada = await join(address, "Ada");
  const bob = await join(address, "Bob");
  bob.write("x".repeat(10_000));
  await ada.says(/^\* Bob has left$/m);
  await program.says(/^chat-server: a line of more than 4096 characters$/m);
  await bob.ended();
});

withSocat("puts a client out that does not read, and goes on for the others", async () => {
  const { address } = await startServer();
  const ada = await join(address, "Ada");
  const deaf = new Program("socat", "-u", "-", `TCP:${address},rcvbuf=4096`);
  deaf.write("Deaf\n");
  await ada.says(/^\* Deaf has come$/m);
  const bob = await join(address, "Bob");
  const burst = `${"blah ".repeat(800)}\n`.repeat(60);
  for (let i = 0, said = ""; !said.includes("Deaf"); i++) {
    assert.ok(i < 100, "24 MB have not filled the buffers");
    bob.write(`${burst}that was ${i}\n`);
    [said] = await ada.says(new RegExp(`^Bob: that was ${i}$|^\\* Deaf has left$`, "m"));
  }
  bob.write("still there?\n");
  await ada.says(/^Bob: still there\?$/m);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  withSocat(`ends on ${signal} while clients are there`, async () => {
    const { address, program } = await startServer();
    const client = new Program("socat", "-", `TCP:${address}`);
    await client.says(/What is your name\?/);
    const { code, stderr } = await program.stop(signal);
    assert.is(code, 0);
    assert.is(stderr, "");
    await client.ended();
  });
}

test("says that its address is taken, and ends", async () => {
  const { address } = await startServer();
  const { code, stderr } = await example("chat-server", address.split(":")[1] ?? "", "127.0.0.1").ended();
  assert.is(code, 1);
  assert.is(stderr, `chat-server: bind ${address}: address in use (EADDRINUSE)\n`);
});

test.run();
