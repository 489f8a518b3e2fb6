// The playground: two programs that one edits, what goes wrong between them, and what happened as a picture.

const PATIENCE = 10_000;
const LONGEST = 6000;
const SVG = "http://www.w3.org/2000/svg";
const COLUMN = 170;
const LEFT = 90;
const ROW = 22;
const TOP = 40;

const field = (id) => document.querySelector(`#${id}`);
const picture = field("history");

/** What a run depends on. */
const FIELDS = ["server", "client", "latency", "jitter", "loss", "cut", "seed"];

/** The thread of the last run. */
let thread;
let runs = 0;

/** Runs the programs as they are now, and shows what happened. */
function start() {
  const number = ++runs;
  const given = Object.fromEntries(FIELDS.map((id) => [id, field(id).value]));
  const own = {
    server: field("server").value,
    client: field("client").value,
    members: ["ann", "bob"],
    seed: Number(field("seed").value),
    link: {
      latency: Number(field("latency").value),
      jitter: Number(field("jitter").value),
      loss: Number(field("loss").value) / 100,
    },
    cut: Number(field("cut").value),
  };
  for (const id of ["latency", "jitter", "loss", "cut", "seed"])
    field(`${id}-is`).textContent = field(id).value;
  thread?.terminate();
  thread = new Worker("playground-run.js", { type: "module" });
  const worker = thread;
  const say = (text) => {
    if (number === runs) field("outcome").textContent = text;
  };
  say("…");
  const timer = setTimeout(() => {
    worker.terminate();
    say(
      "ended after 10 s: a program computes without end, or waits for what doesn't come in the network's time",
    );
  }, PATIENCE);
  worker.onerror = ({ message }) => {
    clearTimeout(timer);
    say(message);
  };
  worker.onmessage = ({ data }) => {
    if (data === "ready") {
      worker.postMessage(own);
      return;
    }
    clearTimeout(timer);
    worker.terminate();
    if (number !== runs) return;
    draw(data);
    say(
      `${Math.round(data.now)} ms of the network's time, ${data.events.length} events; history ${data.hash}`,
    );
    document.dispatchEvent(new CustomEvent("played", { detail: { ...data, given } }));
  };
}

function element(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== "") made.textContent = text;
  return made;
}

/** What is shown of events: a point on a line of time, or an arrow from when it was sent to when it came. */
function marksOf(events) {
  const under = new Map();
  const marks = [];
  for (const { at, what, from, to, bytes, text } of events) {
    const way = `${from} ${to}`;
    if (what === "tcp sent") {
      const mark = { kind: "sent", at, until: at, from, to, text: `${bytes} bytes` };
      marks.push(mark);
      under.set(way, [...(under.get(way) ?? []), mark]);
    } else if (what === "tcp arrived") {
      const mark = under.get(`${to} ${from}`)?.shift();
      if (mark !== undefined) mark.until = at;
    } else if (what === "lost") marks.push({ kind: "lost", at, until: at, from, to, text: "lost" });
    else if (what === "tcp connected")
      marks.push({ kind: "connected", at, until: at, from, to, text: "connected" });
    else if (what === "tcp broken" || what === "tcp refused")
      marks.push({ kind: "failed", at, until: at, from, to: from, text: what.slice(4) });
    else if (what === "partition" || what === "heal")
      marks.push({ kind: what, at, until: at, from, to, text: what === "heal" ? "whole again" : "cut" });
    else if (what === "log" || what === "end" || what === "failed")
      marks.push({ kind: what, at, until: at, from, to: from, text });
  }
  return marks;
}

/** Draws the history: machines side by side, time downwards. */
function draw({ events, machines }) {
  const marks = marksOf(events);
  // as much room as there is to say, and time in its order: what is at one time is at one height
  const times = [...new Set(marks.flatMap(({ at, until }) => [at, until]))].sort((a, b) => a - b);
  const rowOf = new Map(times.map((time, i) => [time, TOP + 24 + i * ROW]));
  const column = (name) => LEFT + 40 + machines.indexOf(name) * COLUMN;
  const width = LEFT + machines.length * COLUMN + 60;
  const height = TOP + 50 + times.length * ROW;
  const last = times.at(-1) ?? 1;
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.style.width = `${width}px`;
  const parts = machines.flatMap((name) => [
    element("text", { x: column(name), y: 24, class: "machine" }, name),
    element("line", { x1: column(name), x2: column(name), y1: TOP, y2: height - 10, class: "life" }),
  ]);
  let shown = "";
  for (const { kind, at, until, from, to, text } of marks) {
    const group = element("g", {
      class: kind,
      style: `animation-delay: ${Math.round((at / last) * Math.min(LONGEST, last))}ms`,
    });
    const [y1, y2] = [rowOf.get(at), rowOf.get(until)];
    const [x1, x2] = [column(from), column(to)];
    const time = at.toFixed(1);
    if (time !== shown) group.append(element("text", { x: LEFT - 20, y: y1 + 4, class: "time" }, time));
    shown = time;
    if (from === to) {
      group.append(element("circle", { cx: x1, cy: y1, r: 4 }));
      group.append(element("text", { x: x1 + 10, y: y1 + 4 }, text));
    } else {
      const end = kind === "lost" ? (x1 + x2) / 2 : x2;
      group.append(element("line", { x1, y1, x2: end, y2 }));
      const side = Math.sign(x2 - x1);
      const head =
        kind === "lost"
          ? `M${end - 4} ${y2 - 4}l8 8m0 -8l-8 8`
          : `M${end - side * 8} ${y2 - 4}L${end} ${y2}L${end - side * 8} ${y2 + 4}`;
      if (kind === "sent" || kind === "lost") group.append(element("path", { d: head }));
      // what is sent is told where it begins, and what is of both in the middle
      const place =
        kind === "sent"
          ? { x: x1 + side * 10, "text-anchor": side > 0 ? "start" : "end" }
          : { x: (x1 + x2) / 2, "text-anchor": "middle" };
      group.append(element("text", { ...place, y: y1 - 4 }, text));
    }
    parts.push(group);
  }
  picture.replaceChildren(...parts);
}

let timer;
for (const id of FIELDS) {
  field(id).addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(start, 200);
  });
}
field("run").addEventListener("click", start);
start();
