/** A connection through a relay that does what it must not. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { TransportListener } from "../../host/network/network.ts";
import { Link } from "../../host/network/relay/link.ts";
import { Reason } from "../../host/network/relay/packets.ts";
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

test("where no WebSocket can be made, streams end as without a relay, and the next one tries again", async () => {
  let tries = 0;
  class Refused {
    constructor() {
      tries++;
      throw new Error("an insecure WebSocket may not be made from a page loaded over HTTPS");
    }
  }
  const link = new Link("ws://127.0.0.1:1/", Refused as never);
  for (const count of [1, 2]) {
    const reason = await new Promise((resolve) => {
      link.add({ begin() {}, proceed() {}, data() {}, over: resolve });
    });
    assert.equal([reason, tries], [Reason.unreachable, count]);
  }
});

test.run();
