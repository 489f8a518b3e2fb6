// What the event loop promises, each promise a mode of this program (test/assembly/loop*.test.ts).

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
  monotonicNow,
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

/** Has the time that its peer says: s for short, l for long, - for no limit. */
class Limited extends Echo {
  onData(bytes: Uint8Array): void {
    super.onData(bytes);
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] == 115) this.deadline(0.05);
      else if (bytes[i] == 108) this.deadline(3600);
      else if (bytes[i] == 45) this.deadline(-1);
    }
  }
}

/** Ends as its peer says, by e for end, c for close, f for fail, and tells what it can do then. */
class Ending extends Echo {
  onData(bytes: Uint8Array): void {
    super.onData(bytes);
    if (bytes[0] == 101) this.end();
    else if (bytes[0] == 99) this.close();
    else if (bytes[0] == 102) {
      this.fail(-104);
      this.fail(-32);
    }
    const writes = this.writeString("too late") ? "writes" : "writes no more";
    print(writes + (this.socket ? ", has a socket" : ", has no socket"));
  }
  onEnd(): void {
    print("end");
    super.onEnd();
  }
}

/** The last client: its time is long. */
class Last extends Echo {
  onOpen(): void {
    this.deadline(3600);
    acceptor!.close();
  }
}

/** Starts a timer while another runs that is far away. */
class Hasty extends Echo {
  onData(_bytes: Uint8Array): void {
    loop.after(0.01, new Soon());
    this.end();
  }
}
class Soon extends Timer {
  onTime(): void {
    print("soon");
    loop.cancel(never);
    acceptor!.close();
  }
}

/** Starts itself again with no time to wait, until everybody is gone. */
class Restless extends Timer {
  onTime(): void {
    if (loop.size) loop.after(0, this);
  }
}

class Stopper extends Timer {
  onTime(): void {
    loop.stop();
  }
}

/** Tells all what one says; a word of one closes all, or ends what is sent to them. */
class Party extends Connection {
  onOpen(): void {
    guests.push(this);
    this.writeString("guest " + guests.length.toString() + "\n");
  }
  onData(bytes: Uint8Array): void {
    const word = String.UTF8.decode(bytes.buffer);
    const closes = word == "close\n";
    for (let i = 0; i < guests.length; i++) {
      if (closes) guests[i].close();
      else if (word == "end\n") guests[i].end();
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

// when the timers were due that have come, in which order they come
let latest: u64 = 0;

class Tick extends Timer {
  constructor(
    private name: string,
    private times: i32 = 1,
  ) {
    super();
  }
  onTime(): void {
    assert(this.when >= latest && this.when <= monotonicNow() && !this.runs);
    latest = this.when;
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

const never = new Tick("never");
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
  assert(cancelled.runs);
  loop.cancel(cancelled);
  assert(!cancelled.runs);
} else if (mode == "many timers") {
  const ticks = new Array<Tick>();
  for (let i = 0; i < 300; i++) {
    ticks.push(new Tick("came"));
    loop.after(<f64>((i * 7919) % 300) * 0.0002, ticks[i]);
  }
  for (let i = 0; i < 300; i++) {
    if (i % 3 == 0) loop.cancel(ticks[i]);
    else if (i % 3 == 1) loop.after(<f64>((i * 6007) % 300) * 0.0002, ticks[i]);
  }
} else if (mode == "ending") {
  loop.serve(listener(), () => new Ending());
} else if (mode == "last") {
  acceptor = loop.serve(listener(), () => new Last());
} else if (mode == "hasty") {
  loop.after(3600, never);
  acceptor = loop.serve(listener(), () => new Hasty());
} else if (mode == "restless") {
  acceptor = loop.serve(listener(), () => new Last());
  loop.after(0, new Restless());
} else if (mode == "stopping") {
  acceptor = loop.serve(listener(), () => new Echo());
  loop.after(0.02, new Soon());
  loop.after(0, new Stopper());
  loop.run();
  print("stopped, " + loop.size.toString() + " open");
} else if (mode == "pair") {
  loop.add(openSocketPair()![0], new Echo());
}
loop.run();
print("nothing left, " + loop.size.toString() + " open");
