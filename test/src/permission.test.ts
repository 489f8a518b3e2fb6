/** Node's permission model: without `--allow-net` calls fail with EACCES, and nothing hangs. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runProgram } from "./support/child.ts";

// only a Node that knows the flag guards the network
const guardsNetwork = process.allowedNodeEnvironmentFlags.has("--allow-net");
const promise = guardsNetwork ? test : test.skip;

promise("what the network is needed for fails with EACCES; pairs work", async () => {
  const { lines, errors, code } = await runProgram(
    `
    const show = async (what, call) => {
      try { console.log(what, await call()); } catch (error) { console.log(what, error.code); }
    };
    const { inet } = W.AddressFamily;
    const to = W.makeSockaddr("127.0.0.1", 9);
    const open = (type) => new W.Socket(inet, type);
    const sockets = [1, 1, 2, 2].map(open);
    const [one, two, three, four] = sockets;
    await show("connect", () => W.connect(one, to));
    await show("connect again", () => one.connect(to));
    await show("bind", () => two.bind(W.makeSockaddr("127.0.0.1")));
    await show("listener", async () => W.makeListenerSocket(await W.getAddressInfo("127.0.0.1", 0)));
    await show("bind datagrams", () => three.bind(W.makeSockaddr("127.0.0.1")));
    await show("connect datagrams", () => W.connect(three, to));
    await show("send datagrams", () => four.send(Buffer.from("x"), { to }));
    await show("look-up", () => W.AddressInfo.getAddressInfo("localhost", 80));
    await show("open", () => W.Socket.openNetIo("127.0.0.1", 9));
    await show("pair", async () => {
      const [a, b] = W.openSocketPair();
      await a.send(Buffer.from("works"));
      return String(await b.receive());
    });
    for (const socket of sockets) await socket.close();
    console.log("end");
    process.exit();`,
    ["--permission", "--allow-fs-read=*"],
  );
  assert.equal(
    [lines, code],
    [
      [
        "connect -13",
        "connect again EACCES",
        "bind EACCES",
        "listener EACCES",
        "bind datagrams EACCES",
        "connect datagrams -13",
        "send datagrams EACCES",
        "look-up EACCES",
        "open EACCES",
        "pair works",
        "end",
      ],
      0,
    ],
    errors,
  );
});

test.run();
