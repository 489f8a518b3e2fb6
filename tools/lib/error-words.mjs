// What the site says of each error code: which functions give it and why, and what to do. tools/docs.mjs makes a page of each, and
// fails where a code of the core has no words here, or words here have no code.

/**
 * @typedef {object} ErrorWords
 * @property {readonly (readonly [calls: string, why: string])[]} from functions, also the class's methods of the same names
 * @property {string} todo
 */

/** The errors of functions and of `NetError`, by name. @type {Readonly<Record<string, ErrorWords>>} */
export const ERROR_WORDS = {
  EACCES: {
    from: [
      ["bind", "a port below 1024, where the system keeps those for root"],
      [
        "connect, send, getAddressInfo, openNetIo",
        "the policy refuses: of a guest, or of the `Network` that the library is on",
      ],
      ["connect, send", "the broadcast address, and `SocketOpt.broadcast` is off"],
    ],
    todo: "For a guest: run it with `--allow-net` and the like; the hint of `wasock run` is the command. For a port: take one from 1024 on, or let the system grant it (`CAP_NET_BIND_SERVICE`). For broadcast: set the option first.",
  },
  EADDRINUSE: {
    from: [
      [
        "bind, listen, makeListenerSocket",
        "another socket has the address and port, or had it just now and the option `reuseaddr` is off",
      ],
    ],
    todo: "Find who has it (`ss -ltnp`, `lsof -i`), take another port, or port 0 for any that is free. `makeListenerSocket` sets `reuseaddr` for you.",
  },
  EADDRNOTAVAIL: {
    from: [
      ["bind", "no interface of this machine has that address"],
      ["connect", "no port of the machine's own is left, or the address can't be one of a peer (port 0)"],
    ],
    todo: "Bind an address that the machine has, or the wildcard. Where ports are used up, keep connections open for longer instead of making new ones.",
  },
  EAFNOSUPPORT: {
    from: [
      [
        "socket, getAddressInfo",
        "a family that is neither `inet` nor `inet6`; or IPv6 on a machine without it",
      ],
      ["bind, connect, send", "the address is of another family than the socket"],
      ["openSocketPair", "a family other than `unix`"],
    ],
    todo: "Make the socket with the family of the address: `new Socket(info.family, info.socketType)` of a candidate of `getAddressInfo`.",
  },
  EAGAIN: {
    from: [
      [
        "send, receive, receiveInto, receiveMany",
        "`Msg.dontwait` was given, and the call would have to wait",
      ],
      ["receive, send", "the time of `SocketOpt.rcvtimeo` or `sndtimeo` ran out"],
      ["getAddressInfo", "the resolver can't be asked now: too many look-ups are under way"],
    ],
    todo: "Try again later, or leave `Msg.dontwait` out and give a time limit (`timeoutMs`), which waits no longer than you want.",
  },
  EALREADY: {
    from: [["connect", "the socket is being connected by another call"]],
    todo: "Wait for the first `connect`. One that was given up by its signal or its time can be called again.",
  },
  EBADF: {
    from: [["every call on a socket", "the socket is closed, or was closed while the call was waiting"]],
    todo: "Look for who closes it: `close`, `await using`, the end of both ports, a stream that was destroyed. A server's `accept` ends so when you stop it, which is not a fault.",
  },
  EBUSY: {
    from: [
      [
        "send, receive, close in a component",
        "somebody else has taken the connection's stream, by `input-stream` or `output-stream`",
      ],
    ],
    todo: "Read and write by the stream that was taken, or drop it first.",
  },
  ECONNABORTED: {
    from: [["accept", "the client had gone before it was accepted"]],
    todo: "Call `accept` again. The loop `for await (const connection of listener)` does.",
  },
  ECONNREFUSED: {
    from: [
      ["connect, openNetIo, withNetIo", "nobody listens at that address and port"],
      [
        "receive, send on a connected datagram socket",
        "the peer's machine has said by ICMP that nobody is there, about an earlier datagram",
      ],
    ],
    todo: "See that the server runs and on which address it listens: one on `127.0.0.1` is not reached by the machine's other addresses, and `localhost` may be `::1`. `openNetIo` tries all addresses of a name.",
  },
  ECONNRESET: {
    from: [
      [
        "receive, receiveInto, send, the ports",
        "the peer has ended the connection at once: its process ended, it closed with bytes unread, or something between threw it away",
      ],
    ],
    todo: "Take it as the end of the connection, and connect anew. Where it happens at the first bytes, the peer may expect another protocol, such as TLS.",
  },
  EDEADLK: {
    from: [
      [
        "blocking calls in AssemblyScript and components",
        "what is waited for can only come from this program itself, which waits: both ends of a socket pair, or an operation that is not stepped",
      ],
    ],
    todo: "Write before you read, or use the event loop (`Loop`) for both ends.",
  },
  EDESTADDRREQ: {
    from: [["send on a datagram socket", "no address was given, and the socket is not connected"]],
    todo: "Give the address (`{ to }`, or an address info), or `connect` first.",
  },
  EDOM: {
    from: [["setSocketOption", "a negative time for `rcvtimeo` or `sndtimeo`"]],
    todo: "Give 0, which is not a limit, or milliseconds.",
  },
  EHOSTUNREACH: {
    from: [
      [
        "connect, send, openNetIo",
        "no route leads there, or a router says so; also for networks that are down and unreachable, which WASI tells no apart",
      ],
    ],
    todo: "See that the machine has a route (`ip route get ADDRESS`), and for IPv6 that it has an address of its own.",
  },
  EINVAL: {
    from: [
      ["bind", "the socket is bound already, or connected"],
      ["listen, accept", "the socket is not bound, is connected, or does not listen"],
      ["send, receive", "a flag that is not known"],
      ["setSocketOption", "the option can't have that value"],
      ["getSocketName of the class", "the socket has no address yet"],
      ["connect", "the address is one that nothing can be connected to, such as one of multicast"],
    ],
    todo: "Call in the order socket, bind, listen, accept or socket, connect; [contract.md](contract.md) lists what each call says in each state.",
  },
  EIO: {
    from: [["every call", "the host has said that something went wrong and not what"]],
    todo: "`NODE_DEBUG=wasock` or `wasock run --trace` shows the system call that failed.",
  },
  EISCONN: {
    from: [
      ["connect", "the socket is connected"],
      ["send", "an address was given, and the connected socket has another peer"],
    ],
    todo: "Leave the address out, or make a new socket for the other peer. A datagram socket can be connected anew.",
  },
  EMFILE: {
    from: [
      [
        "socket, accept, makeListenerSocket",
        "the process has all the files that it may have open, or a guest all the sockets of its limits",
      ],
    ],
    todo: "Close what is done with. The process's limit is `ulimit -n`, a guest's is `--limit sockets=N` ([limits.md](limits.md)).",
  },
  EMSGSIZE: {
    from: [
      [
        "send on a datagram socket",
        "the datagram is longer than a datagram can be (65,507 bytes over IPv4), or than the path takes",
      ],
    ],
    todo: "Send smaller datagrams; some 1,200 bytes pass everywhere.",
  },
  ENOBUFS: {
    from: [
      [
        "`Connection` of the event loop in AssemblyScript",
        "more than 1 MiB waits to be sent, since the peer does not read",
      ],
    ],
    todo: "Wait for `onDrain` before you write more.",
  },
  ENOENT: {
    from: [
      [
        "getAddressInfo, openNetIo",
        "no such name, no such service, or no address of the family that the hints ask for",
      ],
    ],
    todo: "Look at the spelling of both: `http`, not `htpp`. Services are those of `/etc/services`; a port's number always works.",
  },
  ENOMEM: {
    from: [
      ["every call", "the system or the host has no memory for it, or a limit of the host's is reached"],
    ],
    todo: "`host.stats()` tells what a guest holds; [limits.md](limits.md) how to allow more.",
  },
  ENOPROTOOPT: {
    from: [
      [
        "getSocketOption, setSocketOption",
        "there is no such option here, or this runtime can't reach the system's",
      ],
    ],
    todo: "[options.md](options.md) tells what each option does on each Node. With the package koffi more of them reach the kernel.",
  },
  ENOTCONN: {
    from: [
      ["send, receive, receiveInto, shutdown, getPeerName", "the socket is not connected, or no longer"],
    ],
    todo: "`connect` first, or take the socket that `accept` gave rather than the one that listens.",
  },
  EOPNOTSUPP: {
    from: [
      ["listen, accept", "a datagram socket"],
      ["receiveMany", "a stream"],
      ["openSocketPair", "the families `inet` and `inet6`, which have no pairs"],
      ["every call", "the host does not offer what it takes"],
    ],
    todo: "Use a socket of the other type. [runtimes.md](runtimes.md) tells what Deno and Bun lack.",
  },
  EPIPE: {
    from: [["send, the output port", "this direction is shut down, or the peer has closed the connection"]],
    todo: "Stop writing. What the peer said before it closed can still be read.",
  },
  EPROTONOSUPPORT: {
    from: [
      [
        "socket, getAddressInfo, openSocketPair",
        "a protocol that does not fit the type, such as UDP for a stream",
      ],
    ],
    todo: "Give 0 (`IpProto.ip`), which is the one that fits.",
  },
  EREMOTEIO: {
    from: [["getAddressInfo, openNetIo", "the resolver has failed for good"]],
    todo: "See `/etc/resolv.conf`, and whether the name server answers.",
  },
  ESOCKTNOSUPPORT: {
    from: [
      [
        "socket, openSocketPair",
        "a type that is neither `stream` nor `datagram`: raw sockets are not to be had",
      ],
    ],
    todo: "Use a stream or a datagram socket. What needs raw packets, as ping does, WASI has no way for.",
  },
  ETIMEDOUT: {
    from: [
      [
        "every method of the class with `timeoutMs`",
        "the time that you gave ran out; nothing is lost, and the call can be made again",
      ],
      ["connect, openNetIo", "the peer does not answer at all, so that the system gave up"],
      ["receive, send", "keep-alive had no answer"],
      ["getAddressInfo", "no name server answered"],
    ],
    todo: "Where it was your limit, decide whether to try again. Where it was the system's, a firewall may drop packets on the way: a refusal would be `ECONNREFUSED`.",
  },
};

/** What the system or another host may say of a stream, and is passed on as it is. */
export const PASSED_ON = {
  EFAULT: "a bad address in memory, which is a fault of the host's",
  EHOSTDOWN: "the peer's machine does not answer on its own network",
  EINPROGRESS: "the call goes on by itself",
  EINTR: "a signal has interrupted the call",
  ENETDOWN: "the network interface is down",
  ENETRESET: "the network has dropped the connection",
  ENETUNREACH: "no route leads to that network",
  ENFILE: "the whole system has no more files",
  ENOTSOCK: "the descriptor is not a socket",
  ENXIO: "there is no such device or address",
  EPERM: "a firewall of this machine forbids it, or the right for it is missing",
  EPFNOSUPPORT: "the system lacks the protocol family",
  EPROTO: "the peer broke the protocol",
  EPROTOTYPE: "the protocol does not fit the socket's type",
  ERANGE: "a value out of range",
  ESHUTDOWN: "the socket is shut down",
};

/** Why a program could not be started: the codes of `RunError`. */
export const RUN_ERRORS = {
  ERR_OPTION: [
    "An option is not understood, or can't be had together with another.",
    "The message names it and what it may be. `wasock run --help` lists them by topic.",
  ],
  ERR_FILE: [
    "The file can't be read.",
    "See that the path is right from the working directory, and that you may read it.",
  ],
  ERR_INVALID_WASM: [
    "The file is not WebAssembly, is damaged, or this engine can't compile it.",
    "Build it anew; text (WAT) has to be assembled first. Newer proposals of WebAssembly may need a newer Node: `wasock doctor`.",
  ],
  ERR_NO_COMMAND: [
    "It has nothing that starts it: no `wasi:cli/run`, or no `_start`.",
    "Build a command, or import the component into JavaScript ([component.md](component.md)).",
  ],
  ERR_IMPORT: [
    "It imports what is not served here.",
    "The message lists the interfaces. [run.md](run.md) tells what is served.",
  ],
  ERR_MEMORY: [
    "It needs more memory to begin with than it may have.",
    "Raise `--max-memory`, or `maxMemory`.",
  ],
  ERR_PACKAGE: ["It needs a package that is not installed.", "The message is the command that installs it."],
  ERR_RUNTIME: [
    "It needs what this runtime does not have.",
    "`wasock doctor` tells what this one can do; a newer Node can more.",
  ],
};
