/** Sends every datagram back to its sender. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { endWithParent, host, tell } from "./serve.ts";

endWithParent();
const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
socket.on("message", (bytes, sender) => socket.send(bytes, sender.port, sender.address));
socket.bind(0, host);
await once(socket, "listening");
tell({ port: socket.address().port });
