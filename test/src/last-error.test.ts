/** Why a function has returned null or false: `lastError`. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  AddressFamily,
  type AddressInfo,
  accept,
  bind,
  close,
  connect,
  getAddressInfo,
  getPeerName,
  getSocketName,
  getSocketOption,
  Level,
  lastError,
  listen,
  Msg,
  makeListenerSocket,
  makeSockaddr,
  NetError,
  openNetIo,
  openSocketPair,
  receive,
  receiveInto,
  receiveIntoNonBlocking,
  receiveNonBlocking,
  type Socket,
  SocketType,
  send,
  sendNonBlocking,
  setSocketOption,
  shutdown,
  socket,
} from "../../src/index.ts";
import { scenario } from "./support/scenario.ts";

/** That a call gave null or false just now, and why. */
function failed(result: unknown, code: string, message: string | RegExp): void {
  assert.ok(result === null || result === false, `gave ${result}`);
  const error = lastError();
  assert.instance(error, NetError);
  assert.is(error?.code, code);
  assert.match(error?.message ?? "", message);
  assert.is(lastError(), error, "it stays the same one");
}

if (process.argv[2] === "fresh") {
  const before = lastError();
  await getAddressInfo("127.0.0.1", 80);
  process.send?.([before, lastError()]);
  process.disconnect?.();
} else {
  const address = makeSockaddr("127.0.0.1");
  const stream = (): Socket => socket(AddressFamily.inet, SocketType.stream) as Socket;

  scenario("there is no last error before a call has failed", async () => {
    const child = fork(fileURLToPath(import.meta.url), ["fresh"]);
    const [told] = await once(child, "message");
    assert.equal(told, [null, null]);
    await once(child, "exit");
  });

  scenario("a look-up that fails tells the host and the service that it was about", async () => {
    failed(await getAddressInfo("127.0.0.1", "htpp"), "ENOENT", /^getaddrinfo 127\.0\.0\.1:htpp: /);
    failed(await getAddressInfo(null, "htpp"), "ENOENT", /^getaddrinfo port htpp: /);
    failed(await openNetIo("127.0.0.1", "htpp"), "ENOENT", /^getaddrinfo 127\.0\.0\.1:htpp: /);
    failed(await openNetIo("127.0.0.1", 1), "ECONNREFUSED", /^connect 127\.0\.0\.1:1: /);
  });

  scenario("every function that makes or names a socket tells why it could not", async () => {
    failed(socket(AddressFamily.inet, SocketType.raw), "ESOCKTNOSUPPORT", /^socket: /);
    failed(openSocketPair(AddressFamily.inet), "EOPNOTSUPP", /^socketpair: /);
    const one = stream();
    failed(getSocketName(one), "EINVAL", /^getsockname: /);
    failed(getPeerName(one), "ENOTCONN", /^getpeername: /);
    failed(await accept(one), "EINVAL", /^accept: /);
    failed(shutdown(one, "both"), "ENOTCONN", /^shutdown: /);
    failed(getSocketOption(one, Level.socket, 4000), "ENOPROTOOPT", /^getsockopt: /);
    failed(setSocketOption(one, Level.socket, 4000, 1), "ENOPROTOOPT", /^setsockopt: /);
    assert.ok(await bind(one, address));
    const other = makeSockaddr("127.0.0.1", getSocketName(one)?.port);
    failed(await bind(one, other), "EINVAL", `bind 127.0.0.1:${other.port}: `);
    const datagrams = socket(AddressFamily.inet, SocketType.datagram) as Socket;
    failed(await listen(datagrams, 1), "EOPNOTSUPP", /^listen: /);
    await Promise.all([close(one), close(datagrams)]);
  });

  scenario("a message that could not be moved tells why: time, or an error", async () => {
    const [one, other] = openSocketPair() as [Socket, Socket];
    failed(await receiveNonBlocking(one, 1, 0), "ETIMEDOUT", /^recv: /);
    failed(await receive(one, 1, Msg.dontwait), "EAGAIN", /^recv: /);
    failed(await receiveIntoNonBlocking(one, new Uint8Array(1), 0), "ETIMEDOUT", /^recv: /);
    failed(await receiveIntoNonBlocking(one, new Uint8Array(1), 0.01), "ETIMEDOUT", /^recv: /);
    while (await sendNonBlocking(one, new Uint8Array(65536), 0));
    failed(await sendNonBlocking(one, new Uint8Array(1), 0.01), "ETIMEDOUT", /^send: /);
    await Promise.all([close(one), close(other)]);
  });

  scenario("an accept that its socket's end ends tells so", async () => {
    const listener = await makeListenerSocket((await getAddressInfo("127.0.0.1", 0)) as AddressInfo);
    const accepting = accept(listener);
    await close(listener);
    failed(await accepting, "EBADF", /^accept: /);
  });

  scenario("what succeeds, throws or returns a number leaves the last error as it is", async () => {
    failed(await getAddressInfo("127.0.0.1", "no-such"), "ENOENT", "no-such");
    const error = lastError();
    const one = stream();
    assert.ok(await getAddressInfo("127.0.0.1", 80));
    assert.ok((await connect(one, makeSockaddr("127.0.0.1", 1))) < 0);
    assert.ok((await send(one, new Uint8Array(1))) < 0);
    assert.ok((await receiveInto(one, new Uint8Array(1))) < 0);
    assert.throws(() => socket(-1 as AddressFamily, 1), RangeError);
    const elsewhere = (await getAddressInfo("192.0.2.1", 0)) as AddressInfo;
    const refused = await makeListenerSocket(elsewhere).catch((thrown: unknown) => thrown);
    assert.is((refused as NetError).code, "EADDRNOTAVAIL");
    const same = await one.receive().catch((thrown: unknown) => thrown);
    assert.is((same as NetError).code, "ENOTCONN");
    const into = await one.receiveInto(new Uint8Array(1)).catch((thrown: unknown) => thrown);
    assert.equal([(into as NetError).code, (into as NetError).syscall], ["ENOTCONN", "recv"]);
    await close(one);
    assert.throws(() => getPeerName(one), /EBADF/);
    assert.is(lastError(), error);
  });

  test.run();
}
