/**
 * `first-byte ours|peer PORT`: imports the library or node:net, sends a byte to an echo and waits for it;
 * prints how many milliseconds that took. It imports nothing else before.
 */
const [side, port] = process.argv.slice(2);

async function ours(): Promise<void> {
  const entry = new URL("../dist/index.js", import.meta.url).href;
  const { AddressFamily, connect, makeSockaddr, receiveInto, SocketType, send, socket } = (await import(
    entry
  )) as typeof import("../src/index.ts");
  const client = socket(AddressFamily.inet, SocketType.stream);
  if (client === false) throw new Error("socket: refused");
  await connect(client, makeSockaddr("127.0.0.1", Number(port)));
  await send(client, Buffer.from("w"));
  if ((await receiveInto(client, new Uint8Array(1))) !== 1) throw new Error("no byte came back");
}

async function peer(): Promise<void> {
  const { connect } = await import("node:net");
  await new Promise((resolve, reject) => {
    const client = connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
    client.on("connect", () => client.write("w"));
    client.once("data", resolve);
    client.once("error", reject);
  });
}

const start = performance.now();
await (side === "ours" ? ours() : peer());
console.log(performance.now() - start);
process.exit();
