/** A history as a picture of lines: machines side by side, time downwards, arrows for what goes between them. */
import { printable } from "../../../host/messages/printable.ts";
import type { HistoryEvent } from "../../../host/network/virtual/index.ts";

/** How far lifelines are apart at least. */
const WIDTH = 12;
const TIME = 11;

/** What goes wrong, and comes right again. */
const FAULTS = ["partition", "heal", "crash", "start"];

/** A point or an arrow, and what is written beside it. */
interface Row {
  readonly mark: string;
  readonly isArrow: boolean;
  readonly text: string;
}

function bytes(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}

function rowOf({ what, from, to, bytes: count }: HistoryEvent): Row | undefined {
  const point = (mark: string, text: string): Row => ({ mark, isArrow: false, text });
  const arrow = (mark: string, text: string): Row => ({ mark, isArrow: true, text });
  if (what.startsWith("log ")) return point("●", printable(what.slice(4)));
  if (what.startsWith("look-up ")) return point("?", `${what}${count === 0 ? ": there is none" : ""}`);
  switch (what) {
    case "tcp sent":
      return arrow("▶", bytes(count));
    case "udp sent":
      return arrow("▷", `a datagram of ${bytes(count)}`);
    case "lost":
      return arrow("✗", `lost, ${bytes(count)}`);
    case "tcp connected":
      return arrow("═", "connected");
    case "tcp refused":
      return arrow("✗", "refused");
    case "tcp broken":
      return point("✗", `${from}'s connection to ${to} broke`);
    case "partition":
      return arrow("┆", to === "*" ? `${from} is cut off` : `${from} and ${to} are cut apart`);
    case "heal":
      return arrow("═", to === "*" ? `${from} is back` : `${from} and ${to} are together again`);
    case "crash":
      return point("✖", `${from} goes down`);
    case "start":
      return point("○", `${from} comes up`);
    default:
      return undefined;
  }
}

/**
 * Draws a history.
 *
 * @param hosts the machines, from left to right
 * @param most how many things are shown, the last ones, beside what went wrong before
 * @returns lines
 */
export function timeline(events: readonly HistoryEvent[], hosts: readonly string[], most = 60): string[] {
  const width = Math.max(WIDTH, ...hosts.map((name) => name.length + 3));
  const column = (name: string): number => Math.floor(width / 2) + hosts.indexOf(name) * width;
  const total = width * hosts.length;
  const rows = events.flatMap((event) => {
    const row = rowOf(event);
    return row === undefined && !event.what.startsWith("failed ") ? [] : [{ event, row }];
  });
  // what went wrong is seen however long ago it was
  const shown = rows.filter(({ event }, i) => i >= rows.length - most || FAULTS.includes(event.what));
  const blank = (): string[] => {
    const cells = new Array<string>(total).fill(" ");
    for (const name of hosts) cells[column(name)] = "│";
    return cells;
  };
  const head = new Array<string>(total).fill(" ");
  for (const name of hosts) {
    const start = Math.max(0, column(name) - Math.floor(name.length / 2));
    [...name].forEach((letter, i) => {
      head[start + i] = letter;
    });
  }
  const lines = [" ".repeat(TIME) + head.join("").trimEnd()];
  const left = rows.length - shown.length;
  if (left > 0) lines.push(`${" ".repeat(TIME)}${blank().join("")} … ${left} earlier`);
  for (const { event, row } of shown) {
    const time = `${event.at.toFixed(3).padStart(TIME - 2)}  `;
    if (row === undefined) {
      lines.push(`${time}${"━".repeat(total)} ${printable(event.what.slice("failed ".length), 500)}`);
      continue;
    }
    const cells = blank();
    draw(
      cells,
      row,
      hosts.includes(event.from) ? column(event.from) : undefined,
      hosts.includes(event.to) ? column(event.to) : undefined,
    );
    lines.push(`${time}${cells.join("")} ${row.text}`);
  }
  return lines;
}

function draw(
  cells: string[],
  { mark, isArrow }: Row,
  from: number | undefined,
  to: number | undefined,
): void {
  if (from === undefined) return;
  if (!isArrow || to === undefined || to === from) {
    cells[from] = isArrow && mark === "▶" ? "↺" : mark;
    return;
  }
  const step = to > from ? 1 : -1;
  const isLine = mark === "═" || mark === "┆";
  for (let at = from + step; at !== to; at += step) cells[at] = isLine ? mark : "─";
  if (mark === "✗") {
    // where it is lost nobody knows
    const middle = Math.round((from + to) / 2);
    for (let at = middle; at !== to; at += step) cells[at] = at === middle ? "✗" : " ";
  } else if (!isLine) {
    const heads: Readonly<Record<string, string>> = { "▶": "◀", "▷": "◁" };
    cells[to - step] = step > 0 ? mark : (heads[mark] ?? mark);
  }
}
