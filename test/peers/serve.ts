/** What every peer does in its own process. */
import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";

/** The address that this peer was told to bind to. */
export const host: string = process.argv[2] ?? "127.0.0.1";

/** Tells the process that made this peer something. */
export function tell(message: object): void {
  process.send?.(message);
}

/** Ends this process with the one that made it. */
export function endWithParent(): void {
  process.on("disconnect", () => process.exit());
}

/**
 * Listens and tells the port.
 *
 * @param server a server whose connections are handled already
 * @param backlog as in listen(2); default 511, as in Node
 */
export async function serve(server: Server, backlog = 511): Promise<void> {
  endWithParent();
  server.listen({ port: 0, host, backlog });
  await once(server, "listening");
  tell({ port: (server.address() as AddressInfo).port });
}

/** A client that goes away is no reason for a peer to end. */
export function forgive(socket: Socket): Socket {
  socket.on("error", () => {});
  return socket;
}
