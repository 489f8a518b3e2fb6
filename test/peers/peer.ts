/**
 * Real peers in other processes. A peer is a file of this folder that ends with `serve(…)`; it runs in a
 * child process, which tells its port, takes part in nothing else, and ends with the process that made it.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** What a peer tells when it is there. */
export interface PeerReady {
  readonly port: number;
}

/** A peer that was started. */
export interface Peer {
  /** The port that it listens on, or is bound to. */
  readonly port: number;
  /** Waits for the next thing that the peer tells. */
  told<T>(): Promise<T>;
  /** Tells the peer something. */
  tell(message: object): void;
  /** Ends the peer; idempotent. */
  stop(): Promise<void>;
}

/** The peers that there are, by their files. */
export type PeerName =
  | "tcp-echo"
  | "udp-echo"
  | "sink"
  | "source"
  | "reset"
  | "mute"
  | "full"
  | "clients"
  | "few-descriptors"
  | "http";

/**
 * Starts a peer on loopback.
 *
 * @param name which
 * @param host the address that it binds to, `"127.0.0.1"` by default, or `"::1"`
 * @param descriptors how many its process may have open; by default as many as this one
 */
export async function startPeer(name: PeerName, host = "127.0.0.1", descriptors?: number): Promise<Peer> {
  const limited = {
    execPath: "/bin/sh",
    execArgv: ["-c", `ulimit -n ${descriptors} && exec "$0" "$@"`, process.execPath],
  };
  const child = fork(new URL(`./${name}.js`, import.meta.url), [host], {
    serialization: "advanced",
    ...(descriptors !== undefined && limited),
  });
  const inbox = new Inbox(child, name);
  const { port } = await inbox.next<PeerReady>();
  return {
    port,
    told: () => inbox.next(),
    tell: (message) => void child.send(message),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** Messages in the order in which they came, whether somebody waits for them or not. */
class Inbox {
  readonly #came: unknown[] = [];
  readonly #wanted: { resolve(message: unknown): void; reject(reason: Error): void }[] = [];
  #ended: Error | undefined = undefined;

  constructor(child: ChildProcess, name: string) {
    child.on("message", (message) => {
      const wanted = this.#wanted.shift();
      if (wanted === undefined) this.#came.push(message);
      else wanted.resolve(message);
    });
    child.on("error", (error) => this.#end(error));
    child.on("exit", (code, signal) =>
      this.#end(new Error(`the peer ${name} ended (${signal ?? `code ${code}`})`)),
    );
  }

  #end(reason: Error): void {
    this.#ended ??= reason;
    for (const wanted of this.#wanted.splice(0)) wanted.reject(this.#ended);
  }

  next<T>(): Promise<T> {
    if (this.#came.length > 0) return Promise.resolve(this.#came.shift() as T);
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise<unknown>((resolve, reject) => this.#wanted.push({ resolve, reject })) as Promise<T>;
  }
}
