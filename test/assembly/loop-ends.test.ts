/** What ends in an event loop of wasock/assembly, and when: timers, deadlines, connections, and the loop itself. */
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { allRunners } from "../sides/runners.ts";
import { looping, read } from "./looping.ts";

for (const runner of allRunners()) {
  const { name } = runner;
  const { start, serve } = looping(runner);

  test(`${name}: a deadline ends a connection, a new one gives it more time`, async () => {
    const { open, program } = await serve("limited");
    const [idle, busy, free] = [await open(), await open(), await open()];
    busy.write("sl");
    free.write("s-");
    assert.equal([await read(busy, 2), await read(free, 2)], ["sl", "s-"]);
    idle.write("s");
    await program.says(/^error ETIMEDOUT\nclosed$/m);
    assert.is(String(await buffer(idle)), "s");
    busy.write("s");
    await program.says(/^error ETIMEDOUT\nclosed\nerror ETIMEDOUT\nclosed$/m);
    assert.is(String(await buffer(busy)), "s");
    free.end("x");
    assert.is(String(await buffer(free)), "x");
    await program.says(/^(error ETIMEDOUT\nclosed\n){2}closed$/m);
  });

  test(`${name}: a connection that has ended waits for no deadline, nor do its listener and the loop`, async () => {
    const { open, program } = await serve("last");
    const client = await open();
    client.end("bye");
    assert.is(String(await buffer(client)), "bye");
    await program.says(/^closed\nnothing left, 0 open$/m);
    assert.is((await program.ended()).code, 0);
  });

  test(`${name}: one connection's handler may end what is sent to the others`, async () => {
    const { open, program } = await serve("party");
    const guests = await Promise.all([open(), open()]);
    for (const guest of guests) await read(guest, 8);
    guests[0]?.write("end\n");
    for (const guest of guests) assert.is(String(await buffer(guest)), "");
    assert.is((await program.stop("SIGKILL")).stderr, "");
  });

  test(`${name}: after end, close and fail nothing is written, and the close is told once`, async () => {
    const { open, program } = await serve("ending");
    const ended = await open();
    ended.write("e");
    assert.is(await read(ended, 1), "e");
    await once(ended.resume(), "end");
    ended.end("more");
    await program.says(/^(writes no more, has a socket\n){2}end\nclosed$/m);
    const closed = await open();
    closed.write("c");
    assert.is(String(await buffer(closed)), "c");
    await program.says(/\nwrites no more, has no socket\nclosed$/m);
    const failed = await open();
    failed.write("f");
    assert.is(String(await buffer(failed)), "f");
    await program.says(/\nwrites no more, has a socket\nerror ECONNRESET\nclosed$/m);
    const own = await open();
    own.end();
    assert.is(String(await buffer(own)), "");
    await program.says(/\nclosed\nend\nclosed$/m);
  });

  test(`${name}: timers come in the order of their times, as often as they are started`, async () => {
    const { stdout, stderr } = await start("timers").ended();
    assert.is(stderr, "");
    const lines = String(stdout).trimEnd().split("\n");
    assert.is(lines.pop(), "nothing left, 0 open");
    assert.equal(lines.sort(), ["at once", "first", "first", "first", "third"]);
    const many = await start("many timers").ended();
    assert.is(many.stderr, "");
    assert.is(String(many.stdout), `${"came\n".repeat(200)}nothing left, 0 open\n`);
  });

  test(`${name}: a timer that is started later may come sooner`, async () => {
    const { open, program } = await serve("hasty");
    const client = await open();
    client.end("now");
    assert.is(String(await buffer(client)), "");
    await program.says(/^soon$/m);
    assert.is((await program.ended()).code, 0);
  });

  test(`${name}: timers with no time to wait leave connections their turn`, async () => {
    const { open, program } = await serve("restless");
    const client = await open();
    client.end("served");
    assert.is(String(await buffer(client)), "served");
    await program.says(/^closed\nnothing left, 0 open$/m);
  });

  test(`${name}: stop makes run return, which can go on later`, async () => {
    const { stdout, stderr } = await start("stopping").ended();
    assert.is(stderr, "");
    assert.match(String(stdout), /^port \d+\nstopped, 1 open\nsoon\nnothing left, 0 open\n$/);
  });

  if (!/Wasmtime/.test(name)) {
    test(`${name}: a listener that may open no more sockets takes a client when another is gone`, async () => {
      const { open, program } = await serve("echo", "--max-sockets", "3");
      const [one, two, three] = [await open(), await open(), await open()];
      for (const client of [one, two, three]) client.write("x");
      assert.equal([await read(one, 1), await read(two, 1)], ["x", "x"]);
      one.end();
      assert.is(await read(three, 1), "x");
      assert.is((await program.stop("SIGKILL")).stderr, "");
    });
  }
}

test.run();
