/** An object of the host, as the guest's thread has it. */
export class Remote {
  /** Its number on the channel; 0 when it was dropped. */
  number: number;

  constructor(number: number) {
    this.number = number;
  }
}
