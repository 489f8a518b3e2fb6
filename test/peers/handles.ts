/** libuv's handles of listeners, to tell a listener what the kernel says seldom, as libuv itself would. */

import { fromNode } from "../../host/sockets/address.ts";
import { bindTcp, type TcpHandle } from "../../host/sockets/bind.ts";

/** A TCP handle that is bound to loopback, and nothing else. */
export function boundHandle(): TcpHandle {
  return bindTcp(fromNode({ address: "127.0.0.1", port: 0 })).handle;
}

/**
 * The handle that is made to listen.
 *
 * @param listen what makes one listen
 */
export function listeningHandle(listen: () => void): TcpHandle {
  const spare = boundHandle();
  const prototype = Object.getPrototypeOf(spare) as TcpHandle;
  spare.close();
  const { listen: original } = prototype;
  let handle: TcpHandle | undefined;
  prototype.listen = function (this: TcpHandle, backlog) {
    handle = this;
    return original.call(this, backlog);
  };
  try {
    listen();
  } finally {
    prototype.listen = original;
  }
  if (handle === undefined) throw new Error("nothing has begun to listen");
  return handle;
}
