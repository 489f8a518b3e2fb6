import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { errorCode, resolverErrorCode } from "../../host/network/errors.ts";
import { bindTcp } from "../../host/network/node/tcp-port.ts";
import { Errno, errnoOf } from "../../host/preview1/abi.ts";
import { interfaces } from "../../host/wasi02/descriptions.ts";
import { errorCodeOf } from "../../host/wasi02/file-errors.ts";
import { type ErrorCode, named, nameOf } from "../../host/wasi02/network-errors.ts";
import { at } from "./support.ts";

// Lines N4 and N5 of the checklist: the codes in WIT's order, and what each errno is called.
const codes: readonly ErrorCode[] = [
  "unknown",
  "access-denied",
  "not-supported",
  "invalid-argument",
  "out-of-memory",
  "timeout",
  "concurrency-conflict",
  "not-in-progress",
  "would-block",
  "invalid-state",
  "new-socket-limit",
  "address-not-bindable",
  "address-in-use",
  "remote-unreachable",
  "connection-refused",
  "connection-reset",
  "connection-aborted",
  "datagram-too-large",
  "name-unresolvable",
  "temporary-resolver-failure",
  "permanent-resolver-failure",
];

const expected: Partial<Record<ErrorCode, string>> = {
  "access-denied": "EACCES EPERM",
  "address-in-use": "EADDRINUSE",
  "address-not-bindable": "EADDRNOTAVAIL",
  "concurrency-conflict": "EALREADY",
  timeout: "ETIMEDOUT",
  "connection-refused": "ECONNREFUSED",
  "connection-reset": "ECONNRESET",
  "connection-aborted": "ECONNABORTED",
  "invalid-argument": "EINVAL",
  "remote-unreachable": "EHOSTUNREACH EHOSTDOWN ENETDOWN ENETUNREACH ENONET",
  "invalid-state": "EISCONN ENOTCONN EDESTADDRREQ",
  "new-socket-limit": "EMFILE ENFILE",
  "datagram-too-large": "EMSGSIZE",
  "out-of-memory": "ENOMEM ENOBUFS",
  "not-supported":
    "EOPNOTSUPP ENOPROTOOPT EPFNOSUPPORT EPROTONOSUPPORT EPROTOTYPE ESOCKTNOSUPPORT EAFNOSUPPORT",
  "would-block": "EAGAIN EWOULDBLOCK EINTR",
  unknown: "EIO EPIPE EWHATEVER",
};

test("each errno has the code that the reference host gives it", () => {
  for (const [code, names] of Object.entries(expected)) {
    for (const name of names.split(" ")) assert.is(nameOf(errorCode({ code: name })), code, name);
  }
  for (const nothing of [
    undefined,
    null,
    "EINVAL",
    {},
    new Error("x"),
    { code: 5 },
    { code: "constructor" },
  ]) {
    assert.is(errorCode(nothing), "EIO");
  }
  // dgram wraps what the system said
  assert.is(errorCode({ code: "ERR_SOCKET_BUFFER_SIZE", info: { code: "ENOBUFS" } }), "ENOBUFS");
});

test("what is no failure of the network has no code, and goes through a face as it is", () => {
  const fault = new TypeError("a fault of ours");
  for (const other of [fault, "ENOENT", "constructor", undefined]) {
    assert.is(nameOf(other), undefined);
    assert.is(named(other), other);
  }
  assert.is(named("EAGAIN"), "would-block");
});

test("what a resolver says that is not known is permanent", () => {
  const said = {
    EAI_AGAIN: "EAI_AGAIN",
    ETIMEOUT: "EAI_AGAIN",
    ECONNREFUSED: "EAI_AGAIN",
    ENOTFOUND: "EAI_NONAME",
    EAI_FAIL: "EAI_FAIL",
    EAI_MEMORY: "ENOMEM",
    ERR_ACCESS_DENIED: "EACCES",
    ECONNRESET: "EAI_FAIL",
  };
  for (const [code, ours] of Object.entries(said)) assert.is(resolverErrorCode({ code }), ours, code);
  assert.is(resolverErrorCode(new Error("x")), "EAI_FAIL");
  assert.is(nameOf("EAI_AGAIN"), "temporary-resolver-failure");
  assert.is(nameOf("EAI_NONAME"), "name-unresolvable");
  assert.is(nameOf("EAI_FAIL"), "permanent-resolver-failure");
});

test("the codes are lowered in the order of WIT", () => {
  const network = interfaces.find(({ name }) => name === "wasi:sockets/network");
  const result = network?.functions["network-error-code"]?.result;
  const some = result?.kind === "option" ? result.some : undefined;
  assert.equal(some?.kind === "enum" ? some.names : [], codes);
});

test("a bind that the system refuses leaves its code, and nothing open", () => {
  const code = (): unknown => {
    try {
      return bindTcp(at("192.0.2.0", 0));
    } catch (error) {
      return error;
    }
  };
  for (let i = 0; i < 3; i++) assert.is(code(), "EADDRNOTAVAIL");
});

test("what goes wrong with a file has a name of WASI 0.2, which is the same errno to preview 1", () => {
  const wit = readFileSync(new URL("../../wit/deps/wasi-filesystem/package.wit", import.meta.url), "utf8");
  const [, body = ""] = /enum error-code \{([^}]*)\}/.exec(wit) ?? [];
  const names = new Set(body.split(",").map((name) => name.trim()));
  let count = 0;
  for (const [word, errno] of Object.entries(Errno)) {
    const name = errorCodeOf(`E${word.toUpperCase()}` as never) as string | undefined;
    if (name === undefined) continue; // no failure of a file
    count++;
    assert.ok(names.has(name), `${word}: ${name}`);
    // 0.2 has no name for too many open files
    assert.is(errnoOf(name), word === "mfile" ? Errno.nomem : errno, word);
  }
  assert.is(count, 33);
  assert.is(errorCodeOf("ENFILE"), "insufficient-memory");
  assert.is(errnoOf("no code at all"), Errno.io);
});

test.run();
