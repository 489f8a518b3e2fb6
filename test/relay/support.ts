/** A relay as a process, and servers that it leads to. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** A relay that runs. */
export interface RelayProcess {
  readonly url: string;
  readonly port: number;
  /** How many descriptors it has open (Linux). */
  descriptors(): number;
  readonly child: ChildProcess;
  /** Ends it; its exit code. */
  stop(): Promise<number | null>;
}

/** Starts `wasock relay`. */
export async function startRelay(...args: readonly string[]): Promise<RelayProcess> {
  const child = spawn(process.execPath, [cli, "relay", "--listen=0", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const [found] = /ws:\S+/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", () => reject(new Error(`the relay has ended: ${said}`)));
  });
  return {
    url,
    port: Number(new URL(url).port),
    descriptors: () => readdirSync(`/proc/${child.pid}/fd`).length,
    child,
    async stop() {
      child.kill();
      const [code] = (await ended) as [number | null];
      return code;
    },
  };
}

/** Servers on a loopback address: one that gives back what comes, and says `bye` at the end; one of HTTP; one of datagrams. */
export interface Servers {
  readonly echo: number;
  readonly web: number;
  readonly udp: number;
  close(): void;
}

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

export async function startServers(): Promise<Servers> {
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("data", (bytes) => {
      if (!socket.write(bytes)) {
        socket.pause();
        socket.once("drain", () => socket.resume());
      }
    });
    socket.on("end", () => socket.end("bye"));
    socket.on("error", () => {});
  });
  const web = createHttpServer((request, response) => response.end(`the page ${request.url}\n`));
  const udp: DatagramSocket = createSocket("udp4");
  udp.on("message", (bytes, { address, port }) => udp.send(`${bytes}!`, port, address));
  udp.bind(0, "127.0.0.1");
  await once(udp, "listening");
  return {
    echo: await listening(echo),
    web: await listening(web),
    udp: udp.address().port,
    close() {
      echo.close();
      web.close();
      udp.close();
    },
  };
}
