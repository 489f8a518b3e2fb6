// A chat for many: what a client writes goes, line by line, to all others.
//
//     wasock build chat-server.ts && wasock run --allow-listen chat-server.wasm [PORT [HOST]]
//
// PORT defaults to 7008 (0 takes any free one), HOST to localhost. Join with `socat - TCP:localhost:7008` from
// several terminals; the first line is your name.

import {
  args,
  Connection,
  getAddressInfo,
  getSocketName,
  Loop,
  makeListenerSocket,
  print,
  sockaddrName,
  sockaddrPort,
} from "wasock/assembly";

const LONGEST_LINE = 4096; // characters

const guests: Guest[] = [];

function tell(text: string, except: Guest | null): void {
  for (let i = 0; i < guests.length; i++) {
    // who does not read is put out when 1 MiB waits: the loop sees to that
    if (guests[i] !== except && guests[i].name.length) guests[i].writeString(text + "\n");
  }
}

// Control characters could play tricks on the other clients' terminals.
function printable(line: string): string {
  let text = "";
  for (let i = 0; i < line.length; i++) if (line.charCodeAt(i) >= 32) text += line.charAt(i);
  return text;
}

class Guest extends Connection {
  name: string = "";
  private rest: string = "";

  onOpen(): void {
    guests.push(this);
    this.writeString("What is your name?\n");
  }

  onData(bytes: Uint8Array): void {
    const lines = (this.rest + String.UTF8.decode(bytes.buffer)).split("\n");
    this.rest = lines.pop();
    for (let i = 0; i < lines.length; i++) this.hear(printable(lines[i]));
    if (this.rest.length > LONGEST_LINE) this.close();
  }

  private hear(line: string): void {
    if (this.name.length) return tell(`${this.name}: ${line}`, this);
    this.name = line.length ? line : "somebody";
    tell(`* ${this.name} has come`, null);
  }

  onClose(): void {
    guests.splice(guests.indexOf(this), 1);
    if (this.name.length) tell(`* ${this.name} has left`, null);
  }
}

// In a function, so that the compiler remembers what was looked at: of globals it does not.
function main(): void {
  const given = args();
  const port = given.length > 1 ? given[1] : "7008";
  const host = given.length > 2 ? given[2] : "localhost";
  const address = getAddressInfo(host, port);
  if (!address) throw new Error(`${host} port ${port}: no such address`);
  const listener = makeListenerSocket(address);
  const own = getSocketName(listener)!;
  print(`listening on ${sockaddrName(own)}:${sockaddrPort(own)}`);

  const loop = new Loop();
  loop.serve(listener, () => new Guest());
  loop.run();
}

main();
