/** What browsers load before all else. */
import { PAGE } from "./key.ts";
import { page } from "./page.ts";

Object.assign(globalThis, { [PAGE]: page });
