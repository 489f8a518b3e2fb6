/** One client of a relay that does what it must not, by itself: what waits for it, and what it has closed, is held within limits. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { connect, Kind, Packet, packet, parse, Reason } from "../../host/network/relay/packets.ts";
import type { Library } from "../../src/index.ts";
import { Session } from "../../src/relay/session.ts";

/** A session whose connections never stand, and whose client takes nothing before `drain`. */
function stalled() {
  const calls: string[] = [];
  const packets: Uint8Array[] = [];
  const left: (() => void)[] = [];
  const net = { Socket: { openNetIo: () => new Promise(() => {}) } } as unknown as Library;
  const pipe = {
    behind: 0,
    send(bytes: Uint8Array, done: () => void): void {
      packets.push(bytes);
      left.push(done);
      pipe.behind += 512;
    },
    pause: () => calls.push("pause"),
    resume: () => calls.push("resume"),
    end: () => calls.push("end"),
  };
  const drain = (): void => {
    pipe.behind = 0;
    for (const done of left.splice(0)) done();
  };
  return { session: new Session(net, pipe, false), calls, packets, drain };
}

test("a client that takes no answers is not listened to until it does", () => {
  const { session, calls, drain } = stalled();
  const wrong = packet(Packet.connect, 1, []);
  for (let i = 0; i < 100_000 && calls.length === 0; i++) session.take(wrong);
  assert.equal(calls, ["pause"]);
  assert.not(session.isHeldBack, "it is to answer pings all the same");
  drain();
  assert.equal(calls, ["pause", "resume"]);
});

test("streams that were closed count until they are over", () => {
  const { session, packets } = stalled();
  for (let id = 1; id <= 300; id++) {
    session.take(connect(id, Kind.tcp, "127.0.0.1", 1));
    session.take(packet(Packet.close, id, [Reason.voluntary]));
  }
  const refused = packets.map(parse).filter((told) => told?.body[0] === Reason.throttled);
  assert.is(refused.length, 300 - 256);
  void session.close();
});

test("a client whose bytes nobody takes needs no pong", () => {
  const { session, calls } = stalled();
  session.take(connect(1, Kind.tcp, "127.0.0.1", 1));
  const bytes = packet(Packet.data, 1, new Uint8Array(1024 * 1024 - 5));
  for (let i = 0; i < 5; i++) session.take(bytes);
  assert.equal(calls, ["pause"]);
  assert.ok(session.isHeldBack);
  session.take(packet(Packet.close, 1, [Reason.network]));
  assert.equal(calls, ["pause", "resume"]);
  assert.not(session.isHeldBack);
});

test.run();
