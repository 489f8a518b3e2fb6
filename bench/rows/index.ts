/** All rows, in the order of the table. */
import type { Row } from "../row.ts";
import { rows as bulk } from "./bulk.ts";
import { rows as connections } from "./connections.ts";
import { rows as core } from "./core.ts";
import { rows as growth } from "./growth.ts";
import { rows as guests } from "./guests.ts";
import { rows as hosts } from "./hosts.ts";
import { rows as idle } from "./idle.ts";
import { rows as limits } from "./limits.ts";
import { rows as lists } from "./lists.ts";
import { rows as request } from "./request.ts";
import { rows as startup } from "./startup.ts";
import { rows as timeouts } from "./timeouts.ts";
import { rows as udp } from "./udp.ts";
import { rows as wasi03 } from "./wasi03.ts";

export const rows: readonly Row[] = [
  ...bulk,
  ...request,
  ...connections,
  ...udp,
  ...idle,
  ...startup,
  ...timeouts,
  ...growth,
  ...lists,
  ...guests,
  ...limits,
  ...hosts,
  ...wasi03,
  ...core,
];
