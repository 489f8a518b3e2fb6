/** Look-ups of WASI 0.3 by guests that are written by hand. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { allowAll } from "../../host/policy/policy.ts";
import { assemble, program, runText } from "../abi/support.ts";
import { EQ, eq } from "./sockets-text.ts";

const LOOKUPS = `(import "wasi:sockets/ip-name-lookup@0.3.0" (instance $lookups
    (type $v4 (tuple u8 u8 u8 u8))
    (type $v6 (tuple u16 u16 u16 u16 u16 u16 u16 u16))
    (type $a (variant (case "ipv4" $v4) (case "ipv6" $v6)))
    (export "ip-address" (type $address (eq $a)))
    (type $e (variant (case "access-denied") (case "invalid-argument") (case "name-unresolvable")
      (case "temporary-resolver-failure") (case "permanent-resolver-failure") (case "other" (option string))))
    (export "error-code" (type $error (eq $e)))
    (export "resolve-addresses" (func async (param "name" string)
      (result (result (list $address) (error $error)))))))`;

/** The most that is decoded, in bytes or in units of UTF-16. */
const MOST = 16 * 1024;

for (const [encoding, length, options] of [
  ["UTF-8", MOST + 1, ""],
  ["UTF-16", MOST + 1, "string-encoding=utf16"],
  ["Latin-1 or UTF-16", MOST + 1, "string-encoding=latin1+utf16"],
  ["Latin-1 or UTF-16, tagged", 0x8000_0000 + MOST + 1, "string-encoding=latin1+utf16"],
] as const) {
  test(`a name that is too long for one is refused by its length, not decoded: ${encoding}`, async () => {
    const canon = `canon lower (func $lookups "resolve-addresses") async ${options}
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))`;
    const text = program(
      // what is neither UTF-8 nor UTF-16 would be a trap, were it looked at
      `${EQ} (func (export "run") (result i32)
         (i32.store (i32.const 1024) (i32.const 0xdc00dcff))
         ${eq(`(call $resolve (i32.const 1024) (i32.const ${length | 0}) (i32.const 64))`, 2)}
         ${eq("(i32.load8_u (i32.const 64))", 1)} ${eq("(i32.load8_u (i32.const 68))", 1)}
         (call $return (i32.const 0)) (i32.const 0))
       (func (export "callback") (param i32 i32 i32) (result i32) unreachable)`,
      { before: LOOKUPS, functions: { resolve: [canon, "(param i32 i32 i32) (result i32)"] } },
    );
    const { isGood, said } = await runText(await assemble(text), "not", { policy: allowAll });
    assert.equal([isGood, said], [true, "it ended"]);
  });
}

test.run();
