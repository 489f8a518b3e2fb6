// getAddressInfo with its flag addrconfig, as an operation.

import { DatagramSocket } from "../socket/datagram-socket";
import { EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EHOSTUNREACH, EINVAL } from "../error/errno";
import { ResolveOperation } from "./resolve";
import { AF_INET, AF_INET6, AF_UNSPEC, Sockaddr } from "./sockaddr";

const DISCARD_PORT: i32 = 9;

/** Looks up with every flag. */
export class LookupOperation extends ResolveOperation {
  // as glibc does
  protected keepConfigured(): bool {
    const list = this.list;
    if (list.family != AF_UNSPEC) return isConfigured(list.family);
    const inet = isConfigured(AF_INET);
    if (inet != isConfigured(AF_INET6)) list.family = inet ? AF_INET : AF_INET6;
    return true; // with neither of them the flag says nothing: only the loopback is left
  }
}

/**
 * Whether this machine has addresses of a family, other than the loopback's. WASI can't list them; but a
 * datagram socket can only be connected where there is a route and an address of one's own for it. Nothing
 * is sent. Where a host does not let us try, it is taken for true.
 */
function isConfigured(family: i32): bool {
  // addresses for documentation, which are routed as any other: RFC 5737, RFC 3849
  const target = new Sockaddr();
  if (family == AF_INET) {
    target.setInet(192, 0, 2, 1, DISCARD_PORT);
  } else {
    target.setInet6(DISCARD_PORT, 0);
    target.setGroup(0, 0x2001);
    target.setGroup(1, 0xdb8);
    target.setGroup(7, 1);
  }
  const socket = new DatagramSocket(family);
  let error = socket.open();
  if (!error) error = socket.startConnect(target);
  socket.close();
  return (
    error != -EHOSTUNREACH &&
    error != -EADDRNOTAVAIL &&
    error != -EADDRINUSE &&
    error != -EAFNOSUPPORT &&
    error != -EINVAL
  );
}
