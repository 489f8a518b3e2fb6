/** Keep-alive on a virtual network: a peer of which nothing was heard for long is asked whether it is there. */
import type { OptionValues } from "../network.ts";
import type { Clock, Happening } from "./clock.ts";

const SECOND = 1_000_000_000;

/** The end of a connection whose peer is asked. */
export interface Kept {
  isOpen(): boolean;
  /** Whether nothing is on its way to the peer. */
  isIdle(): boolean;
  /** Whether a question would be answered, or there is nobody to be asked. */
  isPeerThere(): boolean;
  ask(answered: () => void): void;
  /** Ends a connection whose peer has not answered. */
  giveUp(): void;
}

/** When the peer is asked, as Linux's tcp_keepalive_timer does it. */
export class KeepAlive {
  readonly #clock: Clock;
  readonly #end: Kept;
  /** In nanoseconds, and how often; `undefined` where it is off. */
  #times: { readonly idle: number; readonly interval: number; readonly count: number } | undefined =
    undefined;
  #heardAt = 0;
  /** How often it was asked since it was heard. */
  #probes = 0;
  #next: Happening | undefined = undefined;

  constructor(clock: Clock, end: Kept) {
    this.#clock = clock;
    this.#end = end;
  }

  /** Takes the options. */
  set(values: OptionValues): void {
    const isOn = values["keep-alive"] !== 0;
    const [idle, interval] = [values["keep-alive-idle"] * SECOND, values["keep-alive-interval"] * SECOND];
    this.#times = isOn ? { idle, interval, count: values["keep-alive-count"] } : undefined;
    this.watch();
  }

  /** Something has come of the peer. */
  heard(): void {
    this.#heardAt = this.#clock.now;
    this.#probes = 0;
  }

  /** Sets the time of the next question; of none where the end isn't open. */
  watch(): void {
    if (this.#next !== undefined) this.#next.run = undefined;
    this.#next = undefined;
    const times = this.#times;
    if (times === undefined || !this.#end.isOpen()) return;
    const { idle, interval } = times;
    const delay = this.#probes > 0 ? interval : this.#heardAt + idle - this.#clock.now;
    // who waits for nothing but each other would else do so for ever, and ask each other
    const isInDoubt = (): boolean => this.#probes > 0 || !this.#end.isPeerThere();
    this.#next = this.#clock.beside(delay > 0 ? delay : idle, () => this.#probe(times), isInDoubt);
  }

  #probe({ idle, count }: { readonly idle: number; readonly count: number }): void {
    const end = this.#end;
    this.#clock.hasTold = false;
    if (!end.isOpen()) return;
    if (this.#clock.now - this.#heardAt >= idle && end.isIdle()) {
      if (this.#probes >= count) {
        this.#clock.hasTold = true;
        end.giveUp();
        return;
      }
      this.#probes++;
      end.ask(() => this.#answered());
    }
    this.watch();
  }

  #answered(): void {
    this.#clock.hasTold = false;
    if (!this.#end.isOpen()) return;
    this.heard();
    this.watch();
  }
}
