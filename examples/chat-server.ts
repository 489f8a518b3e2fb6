/**
 * A chat for many: what a client writes goes, line by line, to all others.
 *
 *     node build/examples/chat-server.js [PORT [HOST]]
 *
 * PORT defaults to 7008 (0 takes any free one), HOST to localhost. Join with `socat - TCP:localhost:7008`
 * from several terminals; the first line is your name.
 */
import {
  accept,
  close,
  getAddressInfo,
  getSocketName,
  InputPort,
  makeListenerSocket,
  OutputPort,
  type Socket,
} from "wasock";

const LONGEST_LINE = 4096; // characters
const MOST_WAITING = 1 << 20; // bytes, for one client
const [port = "7008", host = "localhost"] = process.argv.slice(2);
const clients = new Map<Socket, OutputPort>();

function tell(text: string, except?: Socket): void {
  for (const [client, output] of clients) {
    if (client !== except) output.write(`${text}\n`);
    // A client that does not read is put out, for the memory is everybody's.
    if (output.writableLength > MOST_WAITING) void close(client);
  }
}

async function* linesOf(input: InputPort): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const chunk of input.setEncoding("utf8")) {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? "";
    // Control characters could play tricks on the other clients' terminals.
    for (const line of lines) yield line.replace(/\p{Cc}/gu, "");
    if (rest.length > LONGEST_LINE) throw new Error(`a line of more than ${LONGEST_LINE} characters`);
  }
}

async function talk(client: Socket, output: OutputPort): Promise<void> {
  const lines = linesOf(new InputPort(client));
  output.write("What is your name?\n");
  const { value: name } = await lines.next();
  if (name === undefined) return;
  tell(`* ${name} has come`);
  try {
    for await (const line of lines) tell(`${name}: ${line}`, client);
  } finally {
    tell(`* ${name} has left`, client);
  }
}

async function serve(client: Socket): Promise<void> {
  const output = new OutputPort(client).on("error", () => {});
  clients.set(client, output);
  await talk(client, output).catch((error: Error) => {
    if (!client.closed) console.error(`chat-server: ${error.message}`);
  });
  clients.delete(client);
  await close(client);
}

try {
  const address = await getAddressInfo(host, port);
  if (address === null) throw new Error(`${host} port ${port}: no such address`);
  const listener = await makeListenerSocket(address);
  console.log(`listening on ${getSocketName(listener)}`);
  const stop = (): void => {
    tell("* the server is closing");
    for (const each of [listener, ...clients.keys()]) void close(each);
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  for (;;) {
    const client = await accept(listener);
    if (client === false) break;
    void serve(client);
  }
} catch (error) {
  console.error(`chat-server: ${(error as Error).message}`);
  process.exitCode = 1;
}
