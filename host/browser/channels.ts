/** `node:diagnostics_channel`, as far as it is used. */

type Listener = (message: unknown, name: string) => void;

class Channel {
  readonly name: string;
  readonly listeners: Set<Listener> = new Set();

  constructor(name: string) {
    this.name = name;
  }

  get hasSubscribers(): boolean {
    return this.listeners.size > 0;
  }

  publish(message: unknown): void {
    for (const listener of this.listeners) {
      try {
        listener(message, this.name);
      } catch (error) {
        // the page's, as it is the process' on Node
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

const channels = new Map<string, Channel>();

export function channel(name: string): Channel {
  const known = channels.get(name) ?? new Channel(name);
  channels.set(name, known);
  return known;
}

export function subscribe(name: string, listener: Listener): void {
  channel(name).listeners.add(listener);
}

export function unsubscribe(name: string, listener: Listener): boolean {
  return channel(name).listeners.delete(listener);
}
