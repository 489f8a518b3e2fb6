/** A file or folder of the system that is held open, on Linux (`linux.ts`) and elsewhere (`portable.ts`). */

/**
 * Something that the system has opened. Names are single components: no `/`, no `..`; `.` is the folder itself.
 * Methods throw Node's errors, or a code of `errors.ts`.
 */
export interface Opened {
  /** The descriptor of the system. One that {@link enter} gave may be good for nothing but walking. */
  readonly fd: number;
  /**
   * A path that names an entry of this folder in Node's calls, for calls that follow no link in its last component.
   * It is valid for one call at once: where the system gives no other way, it is checked here and may change.
   */
  at(name: string): string;
  /**
   * Opens an entry, which is not followed where it is a link, and waits for nobody: neither for the other end of
   * a FIFO nor for a device.
   *
   * @param flags of open(2)
   * @throws ELOOP for a link
   */
  open(name: string, flags: number): Opened;
  /**
   * Opens an entry that is a folder, to walk on from.
   *
   * @throws ENOTDIR or ELOOP for a link and for what is no folder
   */
  enter(name: string): Opened;
  /**
   * Opens the same once more.
   *
   * @param flags of open(2)
   * @returns a descriptor for the caller to close; `undefined` where that can't be done
   */
  reopen(flags: number): number | undefined;
  /** Closes it; once only. */
  close(): void;
}

/** Opens a folder of the host's by its path, which is the host's word and is followed wherever it leads. */
export type OpenRoot = (path: string) => Opened;
