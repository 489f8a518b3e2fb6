// Datagrams that were received together, as objects.

import { Sockaddr } from "../address/sockaddr";
import { MessageSink } from "./socket";

/** A datagram that was received with others. */
@final
export class Message {
  constructor(
    /** What came, in memory of its own. */
    public bytes: Uint8Array,
    /** Where it came from; null in a pair. */
    public sender: Sockaddr | null,
  ) {}
}

@final
export class MessageList extends MessageSink {
  messages: Message[] = [];

  add(from: usize, length: u32, sender: Sockaddr): void {
    const bytes = new Uint8Array(length);
    memory.copy(bytes.dataStart, from, length);
    let address: Sockaddr | null = null;
    if (sender.length) {
      address = new Sockaddr();
      address.copyFrom(sender);
    }
    this.messages.push(new Message(bytes, address));
  }
}
