// What the event loop promises, each promise a mode of this program (test/assembly/loop.test.ts).

import {
  Acceptor,
  args,
  Connection,
  Datagrams,
  errorName,
  getAddressInfo,
  getPeerName,
  getSocketName,
  Loop,
  makeListenerSocket,
  bind,
  makeSockaddr,
  openSocketPair,
  print,
  Sockaddr,
  Socket,
  SocketType,
  socket,
  sockaddrPort,
  Timer,
} from "wasock/assembly";

const loop = new Loop();

class Echo extends Connection {
  onData(bytes: Uint8Array): void {
    this.write(bytes);
  }
  onError(errno: i32): void {
    print("error " + errorName(errno));
  }
  onClose(): void {
    print("closed");
  }
}

/** Sends what its peer asks for: so many bytes of 64 KiB, waiting for room or not. */
class Source extends Connection {
  private left: i32 = 0;

  constructor(private patient: bool) {
    super();
  }
  onData(bytes: Uint8Array): void {
    this.left = i32.parse(String.UTF8.decode(bytes.buffer));
    this.onDrain();
  }
  onDrain(): void {
    const piece = new Uint8Array(65536).fill(120);
    while (this.left > 0) {
      this.left--;
      if (!this.write(piece) && this.patient) return;
    }
    this.end();
  }
  onError(errno: i32): void {
    print("error " + errorName(errno) + ", " + (this.waiting == 0 ? "nothing waits" : "something waits"));
  }
}

/** Is given half a second. */
class Limited extends Echo {
  onOpen(): void {
    this.deadline(0.5);
  }
  onData(bytes: Uint8Array): void {
    this.deadline(bytes[0] == 43 ? -1 : 0.5); // "+" takes the limit away
    super.onData(bytes);
  }
}

/** Tells all what one says; the word of one closes all. */
class Party extends Connection {
  onOpen(): void {
    guests.push(this);
    this.writeString("guest " + guests.length.toString() + "\n");
  }
  onData(bytes: Uint8Array): void {
    const closes = String.UTF8.decode(bytes.buffer) == "close\n";
    for (let i = 0; i < guests.length; i++) {
      if (closes) guests[i].close();
      else guests[i].write(bytes);
    }
    if (closes) acceptor!.close();
  }
  onClose(): void {
    guests.splice(guests.indexOf(this), 1);
  }
}
const guests: Party[] = [];
let acceptor: Acceptor | null = null;

/** Asks, and tells the answer. */
class Client extends Connection {
  private answer: string = "";

  onOpen(): void {
    print("connected to " + sockaddrPort(getPeerName(this.socket!)!).toString());
    this.writeString("question");
    this.end();
  }
  onData(bytes: Uint8Array): void {
    this.answer += String.UTF8.decode(bytes.buffer);
  }
  onError(errno: i32): void {
    print("error " + errorName(errno));
  }
  onClose(): void {
    print("closed with " + this.answer);
  }
}

class Mirror extends Datagrams {
  onMessage(bytes: Uint8Array, from: Sockaddr): void {
    if (bytes.length) this.send(bytes, from);
    else this.close();
  }
  onClose(): void {
    print("closed");
  }
}

class Tick extends Timer {
  constructor(
    private name: string,
    private times: i32 = 1,
  ) {
    super();
  }
  onTime(): void {
    print(this.name);
    if (--this.times) loop.after(0.01, this);
  }
}

/** Reads again after a while. */
class Later extends Timer {
  constructor(private connection: Connection) {
    super();
  }
  onTime(): void {
    this.connection.resume();
  }
}

class Pausing extends Echo {
  onData(bytes: Uint8Array): void {
    print("read " + bytes.length.toString());
    this.pause();
    loop.after(0.1, new Later(this));
    super.onData(bytes);
  }
}

function listener(): Socket {
  const made = makeListenerSocket(getAddressInfo("127.0.0.1", "0")!, 1024);
  print("port " + sockaddrPort(getSocketName(made)!).toString());
  return made;
}

const mode = args()[1];
if (mode == "echo") {
  loop.serve(listener(), () => new Echo());
} else if (mode == "patient") {
  loop.serve(listener(), () => new Source(true));
} else if (mode == "impatient") {
  loop.serve(listener(), () => new Source(false));
} else if (mode == "limited") {
  loop.serve(listener(), () => new Limited());
} else if (mode == "pausing") {
  loop.serve(listener(), () => new Pausing());
} else if (mode == "party") {
  acceptor = loop.serve(listener(), () => new Party());
  acceptor!.limit = 3;
} else if (mode == "connect") {
  loop.connect("127.0.0.1", args()[2], new Client());
} else if (mode == "datagrams") {
  const opened = socket(2, SocketType.datagram)!;
  bind(opened, makeSockaddr("127.0.0.1")!);
  print("port " + sockaddrPort(getSocketName(opened)!).toString());
  loop.receive(opened, new Mirror());
} else if (mode == "timers") {
  const cancelled = new Tick("cancelled");
  loop.after(0.06, new Tick("third"));
  loop.after(0.03, cancelled);
  loop.after(0.02, new Tick("first", 3));
  loop.after(0, new Tick("at once"));
  for (let i = 0; i < 100; i++) loop.after(0.001, cancelled);
  loop.cancel(cancelled);
} else if (mode == "pair") {
  loop.add(openSocketPair()![0], new Echo());
}
loop.run();
print("nothing left, " + loop.size.toString() + " open");
