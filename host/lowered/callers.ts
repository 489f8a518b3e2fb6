/** Calls a function of a face's object by its name; `a` and `b` are its arguments if it has any. */
export type Caller = (self: object, a?: unknown, b?: unknown) => unknown;

type Member = (a?: unknown, b?: unknown) => unknown;
type Members = Readonly<Record<string, Member>>;

/** An object with the functions that carry the traffic. */
interface Busy {
  readonly ready: Member;
  readonly block: Member;
  readonly subscribe: Member;
  readonly read: Member;
  readonly blockingRead: Member;
  readonly checkWrite: Member;
  readonly write: Member;
  readonly blockingWriteAndFlush: Member;
  readonly flush: Member;
  readonly blockingFlush: Member;
  readonly receive: Member;
  readonly checkSend: Member;
  readonly send: Member;
  readonly poll: Member;
  readonly now: Member;
}

/**
 * A call by a name that is computed is looked up anew each time where many names meet in one place of the
 * source; a call that is spelled out is looked up once.
 */
const spelledOut = {
  ready: (self: Busy) => self.ready(),
  block: (self: Busy) => self.block(),
  subscribe: (self: Busy) => self.subscribe(),
  read: (self: Busy, len: unknown) => self.read(len),
  blockingRead: (self: Busy, len: unknown) => self.blockingRead(len),
  checkWrite: (self: Busy) => self.checkWrite(),
  write: (self: Busy, contents: unknown) => self.write(contents),
  blockingWriteAndFlush: (self: Busy, contents: unknown) => self.blockingWriteAndFlush(contents),
  flush: (self: Busy) => self.flush(),
  blockingFlush: (self: Busy) => self.blockingFlush(),
  receive: (self: Busy, maxResults: unknown) => self.receive(maxResults),
  checkSend: (self: Busy) => self.checkSend(),
  send: (self: Busy, datagrams: unknown) => self.send(datagrams),
  poll: (self: Busy, list: unknown) => self.poll(list),
  now: (self: Busy) => self.now(),
} as const;

/**
 * The quickest way to call a function by name.
 *
 * @param key the face's own name of the function
 * @param count how many arguments it takes: no more are passed
 */
export function callerOf(key: string, count: number): Caller {
  const spelled = Object.hasOwn(spelledOut, key) ? spelledOut[key as keyof typeof spelledOut] : undefined;
  // a descriptor's read is none of a stream: it has an offset too
  if (spelled?.length === count + 1) return spelled as Caller;
  switch (count) {
    case 0:
      return (self) => (self as Members)[key]?.();
    case 1:
      return (self, a) => (self as Members)[key]?.(a);
    default:
      return (self, a, b) => (self as Members)[key]?.(a, b);
  }
}
