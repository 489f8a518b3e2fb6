// Made by tools/generate.mjs; do not edit. From tools/options/table.mjs.

/** Options of the socket level, as in socket(7). */
export enum SocketOpt {
  /** debugging in the kernel */
  debug = 1,
  /** whether a listener's address can be used again at once: always of TCP, never of UDP (wasi:sockets) */
  reuseaddr = 2,
  /** the type of the socket */
  type = 3,
  /** an error that no call has told yet, which is thereby told; 0 for none */
  error = 4,
  /** sending past the routes */
  dontroute = 5,
  /** whether datagrams may go to a broadcast address */
  broadcast = 6,
  /** the kernel's send buffer, in bytes */
  sndbuf = 7,
  /** the kernel's receive buffer, in bytes */
  rcvbuf = 8,
  /** whether keep-alive probes are sent */
  keepalive = 9,
  /** urgent data among the other */
  oobinline = 10,
  /** for how many bytes a receive of a stream waits; 0 means 1, in bytes */
  rcvlowat = 18,
  /** for how much room a send waits: always 1, in bytes */
  sndlowat = 19,
  /** how long a receive or an accept without a limit of its own waits; 0 for ever, in milliseconds */
  rcvtimeo = 20,
  /** how long a send without a limit of its own waits; 0 for ever, in milliseconds */
  sndtimeo = 21,
  /** whether it listens */
  acceptconn = 30,
  /** its protocol */
  protocol = 38,
  /** its family */
  domain = 39,
}

/** Options of the TCP level, as in tcp(7). */
export enum TcpOpt {
  /** whether small pieces are sent at once */
  nodelay = 1,
  /** the time without traffic until the first keep-alive probe, in seconds */
  keepidle = 4,
  /** the time between keep-alive probes, in seconds */
  keepintvl = 5,
  /** how many keep-alive probes may go unanswered */
  keepcnt = 6,
}

/** Options of the IPv4 level, as in ip(7). */
export enum IpOpt {
  /** how many hops a packet may take */
  ttl = 2,
}

/** Options of the IPv6 level, as in ipv6(7). */
export enum Ipv6Opt {
  /** how many hops a packet may take */
  unicastHops = 16,
  /** whether IPv4 stays out: always (wasi:sockets) */
  v6only = 26,
}
