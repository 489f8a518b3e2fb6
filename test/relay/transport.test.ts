/** A connection through a relay that does what it must not. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { TransportListener } from "../../host/network/network.ts";
import type { Link } from "../../host/network/relay/link.ts";
import { RelayTransport } from "../../host/network/relay/tcp.ts";

test("a relay that sends crumbs to who doesn't read is left", () => {
  const link = { window: 32, add: () => 1, remove() {}, send() {}, has: () => true } as unknown as Link;
  let code: unknown;
  const listener = {
    connected() {},
    isGoing(error: NodeJS.ErrnoException | null) {
      code = error?.code;
    },
    failed() {},
    closed() {},
  } as unknown as TransportListener;
  const transport = new RelayTransport(link, listener, () => "host.example");
  transport.connectTo({ tag: "ipv4", val: { port: 1, address: [127, 0, 0, 1] } });
  const crumb = Uint8Array.of(1);
  for (let left = 100_000; left > 0 && !transport.destroyed; left--) transport.data(crumb);
  assert.is(code, "ENOBUFS");
});

test.run();
