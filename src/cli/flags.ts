/**
 * Every option of every command, once: what parses them, tells them (`--help`), completes them and finds them in
 * `wasock.json` and in variables reads this.
 */

/** An option. */
export interface Flag {
  readonly type: "string" | "boolean";
  /** Whether it may be given several times. */
  readonly multiple?: true;
  readonly short?: string;
  /** What help calls its value. */
  readonly value?: string;
  /** Whether it is on by itself, so that help tells how to turn it off. */
  readonly isOn?: true;
  /** Whether the value may be left out, which means everything. */
  readonly mayBeBare?: true;
  /** What its value names, for shells. */
  readonly names?: "file" | "folder";
  /** What it does, in a line or two. */
  readonly text: string;
  /** Where `wasock run --help` tells it. */
  readonly topic?: Topic;
  /** The variable that says the same. */
  readonly variable?: string;
  /** The key of `wasock.json` that says the same. */
  readonly key?: string;
}

/** The parts of `wasock run --help`. */
export type Topic = "network" | "limits" | "program" | "testing" | "telling";

/** The options of a command, by their names. */
export type Flags = Readonly<Record<string, Flag>>;

/** `wasock run`. */
export const RUN = {
  "allow-net": {
    type: "string",
    multiple: true,
    value: "rules",
    mayBeBare: true,
    topic: "network",
    text: "connect to and send to these, and look their names up",
    variable: "WASOCK_ALLOW_NET",
    key: "allowNet",
  },
  "allow-listen": {
    type: "string",
    multiple: true,
    value: "rules",
    mayBeBare: true,
    topic: "network",
    text: "bind and listen on these own addresses",
    variable: "WASOCK_ALLOW_LISTEN",
    key: "allowListen",
  },
  "allow-dns": {
    type: "string",
    multiple: true,
    value: "names",
    mayBeBare: true,
    topic: "network",
    text: "look these names up",
    variable: "WASOCK_ALLOW_DNS",
    key: "allowDns",
  },
  "deny-net": {
    type: "string",
    multiple: true,
    value: "rules",
    topic: "network",
    text: "never these, whatever else is allowed",
    variable: "WASOCK_DENY_NET",
    key: "denyNet",
  },
  S: {
    type: "string",
    short: "S",
    multiple: true,
    value: "option",
    topic: "network",
    text: "inherit-network, allow-ip-name-lookup: everything of these, as in Wasmtime; tcp=n, udp=n take TCP, UDP away",
  },
  listen: {
    type: "string",
    multiple: true,
    value: "address",
    topic: "network",
    text: "give a preview 1 program a listener: tcp://127.0.0.1:8080",
    variable: "WASOCK_LISTEN",
    key: "listen",
  },
  prompt: {
    type: "boolean",
    isOn: true,
    topic: "network",
    text: "refuse what is not allowed without asking; at a terminal it asks otherwise",
    variable: "WASOCK_PROMPT",
    key: "prompt",
  },
  learn: {
    type: "boolean",
    topic: "network",
    text: "allow all that is asked for and not denied, and tell at the end the flags that it takes",
  },
  timeout: {
    type: "string",
    value: "time",
    topic: "limits",
    text: "end it after so long: 30s, 500ms, 2m; the exit code is 124 then",
    variable: "WASOCK_TIMEOUT",
    key: "timeout",
  },
  "max-memory": {
    type: "string",
    value: "size",
    topic: "limits",
    text: "the memory that it may have: 256MiB, 2GiB, none; default 1GiB",
    variable: "WASOCK_MAX_MEMORY",
    key: "maxMemory",
  },
  "max-sockets": {
    type: "string",
    value: "n",
    topic: "limits",
    text: "sockets that are open at a time",
    variable: "WASOCK_MAX_SOCKETS",
    key: "maxSockets",
  },
  limit: {
    type: "string",
    multiple: true,
    value: "name=n",
    topic: "limits",
    text: "any other limit, of those that docs/limits.md tells",
    variable: "WASOCK_LIMITS",
    key: "limits",
  },
  dir: {
    type: "string",
    multiple: true,
    value: "host[::guest][:ro]",
    names: "folder",
    topic: "program",
    text: "open a folder to it, which it knows by the name guest; with :ro it may change nothing there",
    variable: "WASOCK_DIRS",
    key: "dirs",
  },
  env: {
    type: "string",
    multiple: true,
    value: "name[=value]",
    topic: "program",
    text: "a variable of its environment; without a value, ours",
    variable: "WASOCK_ENV",
    key: "env",
  },
  sync: {
    type: "boolean",
    topic: "program",
    text: "run it on a thread of its own, which blocks while it waits, as it does anyway on Node below 24",
    variable: "WASOCK_SYNC",
    key: "sync",
  },
  config: {
    type: "string",
    value: "file",
    names: "file",
    topic: "program",
    text: "read this in place of the working directory's wasock.json; none leaves it out",
    variable: "WASOCK_CONFIG",
  },
  fault: {
    type: "string",
    multiple: true,
    value: "rule",
    topic: "testing",
    text: "let something go wrong: 'latency=50ms jitter=20ms to 127.0.0.1:5432'",
    variable: "WASOCK_FAULT",
    key: "fault",
  },
  seed: {
    type: "string",
    value: "seed",
    topic: "testing",
    text: "what decides the chance of --fault; default another each time, which is told",
    variable: "WASOCK_SEED",
    key: "seed",
  },
  pcap: {
    type: "string",
    value: "file",
    names: "file",
    topic: "testing",
    text: "write what goes through its sockets to it as packets, in pcapng, for Wireshark",
    variable: "WASOCK_PCAP",
    key: "pcap",
  },
  snaplen: {
    type: "string",
    value: "bytes",
    topic: "testing",
    text: "how many bytes of a packet --pcap keeps, its headers included; default all of the first MiB each way, then headers",
    variable: "WASOCK_SNAPLEN",
    key: "snaplen",
  },
  record: {
    type: "string",
    value: "file",
    names: "file",
    topic: "testing",
    text: "write whole conversations to it, as lines of JSON, for --replay",
    variable: "WASOCK_RECORD",
    key: "record",
  },
  replay: {
    type: "string",
    value: "file",
    names: "file",
    topic: "testing",
    text: "give it this recording for a network, and tell what it does otherwise",
    variable: "WASOCK_REPLAY",
    key: "replay",
  },
  strict: {
    type: "boolean",
    topic: "testing",
    text: "of --replay: all connections in the order that they were recorded in",
    variable: "WASOCK_STRICT",
    key: "strict",
  },
  "keep-time": {
    type: "boolean",
    topic: "testing",
    text: "of --replay: others take the time that they took",
    variable: "WASOCK_KEEP_TIME",
    key: "keepTime",
  },
  trace: {
    type: "boolean",
    topic: "telling",
    text: "tell on stderr what it does on the network",
    variable: "WASOCK_TRACE",
    key: "trace",
  },
  audit: {
    type: "string",
    value: "file",
    names: "file",
    topic: "telling",
    text: "append what was granted and refused to it, as lines of JSON",
    variable: "WASOCK_AUDIT",
    key: "audit",
  },
  json: {
    type: "boolean",
    topic: "telling",
    text: "tell trace, refusals, errors and the end as lines of JSON, on stderr",
    variable: "WASOCK_JSON",
    key: "json",
  },
  help: { type: "boolean", short: "h", text: "print this", topic: "telling" },
} as const;

/** `wasock build`. */
export const BUILD = {
  out: {
    type: "string",
    short: "o",
    value: "file",
    names: "file",
    text: "where to write; default: the file's name with .wasm, in the working directory",
  },
  wit: {
    type: "string",
    value: "path",
    names: "file",
    text: "the WIT file or folder of a world of your own; WASI's packages are there for it",
  },
  world: {
    type: "string",
    value: "name",
    text: "the world; the program exports what it asks for, with @witExport",
  },
  wasi: {
    type: "string",
    value: "version",
    text: "0.2 (default) or 0.3: an async command of the same program, for runtimes with WASI 0.3",
  },
  core: { type: "boolean", text: "stop at the core module" },
  debug: { type: "boolean", text: "keep names and assertions, and the sources' text in the source map" },
  watch: { type: "boolean", short: "w", text: "build again whenever a source has changed" },
  quiet: { type: "boolean", short: "q", text: "tell nothing but errors" },
  help: { type: "boolean", short: "h", text: "print this" },
} as const;

/** `wasock simulate`. */
export const SIMULATE = {
  seeds: { type: "string", value: "n", text: "how many seeds are tried, from --first on; default 100" },
  first: { type: "string", value: "n", text: "the first of them; default 1" },
  seed: { type: "string", value: "seed", text: "only this one, and tell what happens" },
  faults: {
    type: "string",
    value: "list",
    text: "of what goes wrong only these, by their places: 0,2; none leaves all out; or others, as JSON",
  },
  trace: { type: "boolean", text: "tell on stderr what sockets do, of a seed, or of the first that fails" },
  jobs: {
    type: "string",
    short: "j",
    value: "n",
    text: "how many processes share the seeds; default as many as there are processors",
  },
  timeout: {
    type: "string",
    value: "time",
    text: "how long a program may go on without waiting for anything, while many seeds are tried; default 30s",
  },
  pcap: {
    type: "string",
    value: "folder",
    names: "folder",
    text: "write a capture of each host of a seed, or of the first that fails, there",
  },
  json: { type: "boolean", text: "tell each seed and the end as lines of JSON" },
  help: { type: "boolean", short: "h", text: "print this" },
} as const;

/** `wasock relay`. */
export const RELAY = {
  "allow-net": RUN["allow-net"] as (typeof RUN)["allow-net"],
  "allow-dns": RUN["allow-dns"] as (typeof RUN)["allow-dns"],
  "deny-net": RUN["deny-net"] as (typeof RUN)["deny-net"],
  listen: {
    type: "string",
    value: "address",
    text: "where it listens: a port of 127.0.0.1, or an address and a port; default 127.0.0.1:6001",
  },
  "allow-origin": {
    type: "string",
    multiple: true,
    value: "origin",
    text: "let pages of it use the relay, as https://app.example; * lets all",
  },
  trace: { type: "boolean", text: "tell each event on stderr" },
  audit: RUN.audit as (typeof RUN)["audit"],
  help: { type: "boolean", short: "h", text: "print this" },
} as const;

/** `wasock init`. */
export const INIT = {
  template: {
    type: "string",
    short: "t",
    value: "name",
    text: "client, server, loop (a server of thousands of clients), component (for a WIT of your own) or simulation (of JavaScript, on a network in memory); default client",
  },
  yes: { type: "boolean", short: "y", text: "write beside files that are there, without asking" },
  help: { type: "boolean", short: "h", text: "print this" },
} as const;

export const TYPES = {
  promises: { type: "boolean", text: "as the component is instantiated with promises: true" },
  out: { type: "string", short: "o", value: "file", names: "file", text: "write to a file" },
  help: { type: "boolean", short: "h", text: "print this" },
} as const;
