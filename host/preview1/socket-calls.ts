/**
 * `sock_accept`, `sock_recv`, `sock_send` and `sock_shutdown`.
 */

import type { Pollable, TcpSocket } from "../wit/wasi02.ts";
import { Errno, FdFlags, FileType, RiFlags, SdFlags } from "./abi.ts";
import type { Opened, Process } from "./process.ts";
import { assertRight, CONNECTION, Right } from "./rights.ts";
import type { Calls } from "./signatures.ts";
import { Stream } from "./streams.ts";
import { receive, send } from "./transfer.ts";

export function socketCalls(process: Process): Calls {
  const { memory, faces } = process;

  const connection = (fd: number, right: bigint): { stream: Stream; socket: TcpSocket; flags: number } => {
    const { is, rights, flags }: Opened = process.get(fd);
    if (is.kind === "listener") throw Errno.notconn;
    if (is.kind !== "stream" || is.socket === undefined) throw Errno.notsock;
    assertRight(rights, right);
    return { stream: is, socket: is.socket, flags };
  };

  return {
    sock_accept(fd, flags, fdAt) {
      const opened = process.get(fd);
      const { is } = opened;
      if (is.kind === "stream" && is.socket !== undefined) throw Errno.inval;
      if (is.kind !== "listener") throw Errno.notsock;
      assertRight(opened.rights, Right.sockAccept);
      if ((flags & ~FdFlags.nonblock) !== 0) throw Errno.inval;
      return process.until(() => {
        // looked at before a connection is taken that could not be told
        memory.check(fdAt, 4);
        let accepted: ReturnType<TcpSocket["accept"]>;
        try {
          accepted = is.socket.accept();
        } catch (error) {
          if (error !== "would-block") throw error;
          return (opened.flags & FdFlags.nonblock) !== 0 ? Errno.again : (is.readable as Pollable);
        }
        const [socket, input, output] = accepted;
        const stream = new Stream(faces, { input, output, socket, type: FileType.socketStream });
        memory.setU32(fdAt, process.add({ is: stream, rights: CONNECTION, flags }));
        return Errno.success;
      });
    },
    sock_recv(fd, at, count, how, lengthAt, flagsAt) {
      const { stream, flags } = connection(fd, Right.fdRead);
      if ((how & ~(RiFlags.peek | RiFlags.waitall)) !== 0) throw Errno.inval;
      memory.check(flagsAt, 2);
      memory.view.setUint16(flagsAt, 0, true);
      return receive(process, stream, (flags & FdFlags.nonblock) !== 0, { at, count, lengthAt }, how);
    },
    sock_send(fd, at, count, how, lengthAt) {
      const { stream, flags } = connection(fd, Right.fdWrite);
      if (how !== 0) throw Errno.inval;
      return send(process, stream, (flags & FdFlags.nonblock) !== 0, { at, count, lengthAt });
    },
    sock_shutdown(fd, how) {
      const { socket } = connection(fd, Right.sockShutdown);
      if (how === 0 || (how & ~(SdFlags.rd | SdFlags.wr)) !== 0) throw Errno.inval;
      socket.shutdown(how === SdFlags.rd ? "receive" : how === SdFlags.wr ? "send" : "both");
    },
  };
}
