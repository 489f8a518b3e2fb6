/**
 * `node:dgram` without its waiting: bind and connect that are done, or have failed, when they return.
 */
import * as dgram from "node:dgram";
import { getSystemErrorName } from "node:util";
import {
  type BunLike,
  bun,
  closesDatagramsAtOnce,
  datagramState,
  disconnectLosesChosenPort,
  hasSyncDatagrams,
  udpHandle,
} from "../../runtime/features.ts";
import { addressText, type IpAddressFamily, type IpSocketAddress, isNodeText } from "../address.ts";

/** What `dgram.Socket` has from Node 24.19 on. */
interface SyncDatagrams {
  bindSync(options: { address: string; port: number }): void;
  connectSync(port: number, address: string): void;
}

type LookupCallback = (error: null, address: string, family: number) => void;

/** Every address that reaches `dgram` is a literal: it is its own look-up, and no event is waited for. */
function literalLookup(address: string, family: unknown, callback: LookupCallback): void {
  callback(null, address, family === 6 || (family as { family?: number }).family === 6 ? 6 : 4);
}

/** How often a port that was free a moment ago may turn out to be taken. */
const PORT_TRIES = 10;

/**
 * Makes a bound datagram socket that receives; an IPv6 one is IPv6-only.
 *
 * @param address where to; port 0 takes a free one
 * @throws the system's error
 */
export function bindDatagram(address: IpSocketAddress): dgram.Socket {
  const keepsPort = !disconnectLosesChosenPort || !closesDatagramsAtOnce;
  if (address.val.port !== 0 || keepsPort) return bindOnce(address, address.val.port);
  // Linux gives a port back on disconnect unless the program itself named it (SOCK_BINDPORT_LOCK), and the
  // socket of a guest must stay bound. So the kernel is asked for a free port, and that is then named.
  for (let tries = 1; ; tries++) {
    const scout = bindOnce(address, 0);
    const { port } = scout.address();
    scout.close();
    try {
      return bindOnce(address, port);
    } catch (error) {
      if (tries === PORT_TRIES) throw error;
    }
  }
}

function bindOnce(address: IpSocketAddress, port: number): dgram.Socket {
  const socket = dgram.createSocket({
    type: typeOf(address.tag),
    ipv6Only: address.tag === "ipv6",
    lookup: literalLookup as unknown as NonNullable<dgram.SocketOptions["lookup"]>,
  });
  let failure: unknown;
  try {
    const text = addressText(address);
    if (hasSyncDatagrams && isNodeText(text)) {
      (socket as unknown as SyncDatagrams).bindSync({ address: text, port });
      return socket;
    }
    if (bun !== undefined) {
      bindByBun(bun, socket, text, port, address.tag === "ipv6");
      return socket;
    }
    const onError = (error: Error): void => {
      failure = error;
    };
    // With a look-up that answers at once, bind reports within the call.
    socket.once("error", onError);
    socket.bind({ address: text, port, exclusive: true });
    socket.removeListener("error", onError);
    if (failure === undefined && !isBound(socket)) failure = { code: "EOPNOTSUPP" };
  } catch (error) {
    failure = error;
  }
  if (failure === undefined) return socket;
  // A socket whose bind failed can't be bound again.
  socket.close();
  throw failure;
}

/** What `dgram` says of a socket that is bound, and of one that is connected. */
const BOUND = 2;
const CONNECTED = 2;

/** What Bun's sockets are bound with: another's port is not shared (`LISTEN_DISALLOW_REUSE_PORT_FAILURE`), … */
const BUN_EXCLUSIVE = 32;
/** … and IPv6 is IPv6 only (`SOCKET_IPV6_ONLY`). */
const BUN_IPV6_ONLY = 8;

/**
 * Binds as Bun's `dgram` does, which fills its state in only a tick after that.
 *
 * @throws the system's error; `EOPNOTSUPP` where the state is not as it is known
 */
function bindByBun(by: BunLike, socket: dgram.Socket, text: string, port: number, isIpv6: boolean): void {
  const state = datagramState(socket);
  const handle = state?.handle;
  if (state === undefined || !handle) throw { code: "EOPNOTSUPP" };
  const opening = by.udpSocket({
    hostname: text,
    port,
    flags: BUN_EXCLUSIVE | (isIpv6 ? BUN_IPV6_ONLY : 0),
    socket: {
      data(_socket: object, bytes: Buffer, from: number, address: string) {
        socket.emit("message", bytes, { address, family: isIpv6 ? "IPv6" : "IPv4", port: from });
      },
      drain: () => handle.drain?.(),
      error(error: Error) {
        // It asks to be told of all that ICMP says (`IP_RECVERR`), where others hear of their peer alone: udp(7).
        if (state.connectState === CONNECTED) socket.emit("error", error);
      },
    },
  });
  handle.socket = by.peek(opening);
  if (handle.socket === opening) throw { code: "EOPNOTSUPP" };
  state.receiving = true;
  state.bindState = BOUND;
}

function isBound(socket: dgram.Socket): boolean {
  try {
    return socket.address().port > 0;
  } catch {
    return false;
  }
}

function typeOf(family: IpAddressFamily): dgram.SocketType {
  return family === "ipv4" ? "udp4" : "udp6";
}

/**
 * Sets the peer of a bound socket that has none.
 *
 * @throws the system's error
 */
export function connectDatagram(socket: dgram.Socket, remote: IpSocketAddress): void {
  const text = addressText(remote);
  const { port } = remote.val;
  if (hasSyncDatagrams && isNodeText(text)) {
    (socket as unknown as SyncDatagrams).connectSync(port, text);
    return;
  }
  // It is done on return; an error is emitted in a later tick: see `isLateConnectError`.
  socket.connect(port, text);
  try {
    socket.remoteAddress();
  } catch {
    throw whyNotConnected(socket, text, port);
  }
}

/** Node 20 keeps the reason for a later tick; the kernel gives it again. */
function whyNotConnected(socket: dgram.Socket, address: string, port: number): { code: string } {
  const handle = udpHandle(socket);
  const status = handle?.connect(address, port) ?? 0;
  if (status === 0) {
    handle?.disconnect();
    return { code: "UNKNOWN" };
  }
  return { code: getSystemErrorName(status) };
}

/** Whether an emitted error is one that `connectDatagram` has already thrown. */
export function isLateConnectError(error: Error): boolean {
  return (error as NodeJS.ErrnoException).syscall === "connect";
}
