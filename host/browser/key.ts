/** What a page has what stands in for Node under, in `globalThis`, before anything else is loaded. */
export const PAGE: unique symbol = Symbol.for("wasock.page") as never;
