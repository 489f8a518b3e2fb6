/** A UDP socket of a guest with its streams, for the tests of what stands behind them. */
import type { Host } from "../../host/host.ts";
import type { IpSocketAddress } from "../../host/network/address.ts";
import type { IncomingDatagramStream, OutgoingDatagramStream, UdpSocket } from "../../host/wasi02/udp.ts";
import { boundUdp } from "./support.ts";

export interface Streams {
  socket: UdpSocket;
  incoming: IncomingDatagramStream;
  outgoing: OutgoingDatagramStream;
}

export function open(host: Host, remote?: IpSocketAddress, socket: UdpSocket = boundUdp(host)): Streams {
  const [incoming, outgoing] = socket.stream(remote);
  return { socket, incoming, outgoing };
}

export function send({ outgoing }: Streams, text: string, remoteAddress?: IpSocketAddress): bigint {
  outgoing.checkSend();
  return outgoing.send([{ data: Buffer.from(text), remoteAddress }]);
}
