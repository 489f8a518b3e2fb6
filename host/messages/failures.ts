/** Failures under the names of another layer. */

/**
 * Has calls throw what a failure is called by whoever made them.
 *
 * @param named what is thrown in the place of what a call has thrown
 * @returns makes a call so
 */
export function naming(named: (thrown: unknown) => unknown): <T>(call: () => T) => T {
  return (call) => {
    try {
      return call();
    } catch (thrown) {
      throw named(thrown);
    }
  };
}
