/**
 * The types of which datagrams are made, carried by hand: several times as quick as the closures that
 * `lift.ts` and `lower.ts` make of the description. The tests hold both ways against the same expectations.
 */

import type { GuestMemory } from "./memory.ts";
import type { Scope } from "./scope.ts";
import type { WitType } from "./types.ts";
import { incomingDatagram, ipSocketAddress, outgoingDatagram } from "./wasi02.ts";
import { describe, trap } from "./webassembly.ts";

/** Reading and writing of one type, as `Load` and `Store` describe them. */
export interface ByHand {
  readonly load?: (scope: Scope) => (pointer: number) => unknown;
  readonly store?: (scope: Scope) => (pointer: number, value: unknown) => void;
}

type Ipv4 = [number, number, number, number];
type Ipv6 = [number, number, number, number, number, number, number, number];

type SocketAddress =
  | { tag: "ipv4"; val: { port: number; address: Ipv4 } }
  | { tag: "ipv6"; val: { port: number; flowInfo: number; address: Ipv6; scopeId: number } };

// ip-socket-address: discriminant u8 @0; ipv4: port u16 @4, address 4 × u8 @6;
// ipv6: port u16 @4, flow-info u32 @8, address 8 × u16 @12, scope-id u32 @28. 32 bytes.

function loadAddress({ view }: GuestMemory, at: number, where: string): SocketAddress {
  const family = view.getUint8(at);
  const port = view.getUint16(at + 4, true);
  if (family === 0) {
    const address: Ipv4 = [
      view.getUint8(at + 6),
      view.getUint8(at + 7),
      view.getUint8(at + 8),
      view.getUint8(at + 9),
    ];
    return { tag: "ipv4", val: { port, address } };
  }
  if (family !== 1) throw trap(where, `${family} names none of 2 cases`);
  const address: Ipv6 = [
    view.getUint16(at + 12, true),
    view.getUint16(at + 14, true),
    view.getUint16(at + 16, true),
    view.getUint16(at + 18, true),
    view.getUint16(at + 20, true),
    view.getUint16(at + 22, true),
    view.getUint16(at + 24, true),
    view.getUint16(at + 26, true),
  ];
  const flowInfo = view.getUint32(at + 8, true);
  return { tag: "ipv6", val: { port, flowInfo, address, scopeId: view.getUint32(at + 28, true) } };
}

function storeAddress({ view }: GuestMemory, at: number, value: SocketAddress, where: string): void {
  if (value.tag === "ipv4") {
    const { port, address } = value.val;
    view.setUint8(at, 0);
    view.setUint16(at + 4, port, true);
    for (let i = 0; i < 4; i++) view.setUint8(at + 6 + i, address[i] as number);
  } else if (value.tag === "ipv6") {
    const { port, flowInfo, address, scopeId } = value.val;
    view.setUint8(at, 1);
    view.setUint16(at + 4, port, true);
    view.setUint32(at + 8, flowInfo, true);
    for (let i = 0; i < 8; i++) view.setUint16(at + 12 + 2 * i, address[i] as number, true);
    view.setUint32(at + 28, scopeId, true);
  } else {
    throw trap(where, `the host answered ${describe(value)}, which is none of its cases`);
  }
}

const address: ByHand = {
  load:
    ({ memory, where }) =>
    (pointer) =>
      loadAddress(memory, pointer, where),
  store:
    ({ memory, where }) =>
    (pointer, value) =>
      storeAddress(memory, pointer, value as SocketAddress, where),
};

// incoming-datagram: data @0, remote-address @8. 40 bytes.
const incoming: ByHand = {
  store:
    ({ memory, where }) =>
    (pointer, value) => {
      const { data, remoteAddress } = value as { data: Uint8Array; remoteAddress: SocketAddress };
      const start = memory.give(data, where);
      memory.view.setUint32(pointer, start, true);
      memory.view.setUint32(pointer + 4, data.length, true);
      storeAddress(memory, pointer + 8, remoteAddress, where);
    },
};

// outgoing-datagram: data @0, remote-address: discriminant u8 @8, address @12. 44 bytes.
const outgoing: ByHand = {
  load:
    ({ memory, where }) =>
    (pointer) => {
      const { view } = memory;
      const start = view.getUint32(pointer, true);
      const size = view.getUint32(pointer + 4, true);
      const some = view.getUint8(pointer + 8);
      const data = memory.lend(start, size, where);
      if (some > 1) throw trap(where, `${some} names none of 2 cases`);
      const remoteAddress = some === 1 ? loadAddress(memory, pointer + 12, where) : undefined;
      return { data, remoteAddress };
    },
};

/** The types that are carried by hand. */
export const handwritten: ReadonlyMap<WitType, ByHand> = new Map([
  [ipSocketAddress, address],
  [incomingDatagram, incoming],
  [outgoingDatagram, outgoing],
]);
