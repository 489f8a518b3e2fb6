/** The measured end with node:net and node:dgram, and what several rows do with it. */
import { createSocket, type Socket as Datagrams } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Connects to a port on 127.0.0.1, with small pieces sent at once, as wasock does it. */
export async function connectTo(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

/** Closes a connection. */
export async function closeSocket(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const closed = once(socket, "close");
  socket.destroy();
  await closed;
}

/** A listener on a free port of 127.0.0.1, and the port. */
export async function listenOnAnyPort(): Promise<{ server: Server; port: number }> {
  const server = createServer({ noDelay: true });
  server.listen({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

/** A datagram socket on a free port of 127.0.0.1. */
export async function bindDatagrams(): Promise<Datagrams> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

/**
 * Sends a message and reads as many bytes, again and again.
 *
 * @param count how often
 * @param onAnswer called when an answer is complete
 */
export function exchange(
  socket: Socket,
  message: Uint8Array,
  count: number,
  onAnswer: (index: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let got = 0;
    let index = 0;
    const take = (bytes: Buffer): void => {
      got += bytes.length;
      if (got < message.length) return;
      got = 0;
      onAnswer(index++);
      if (index < count) {
        socket.write(message);
      } else {
        socket.off("data", take);
        socket.off("error", reject);
        resolve();
      }
    };
    socket.on("data", take);
    socket.once("error", reject);
    socket.write(message);
  });
}
