// Gets a page over HTTP and prints its text.
//
//     wasock build http-get.ts && wasock run --allow-net http-get.wasm [HOST [PORT [PATH]]]
//
// HOST defaults to localhost, PORT to 80 (a name such as http will do), PATH to /.

import { args, exit, InputPort, OutputPort, printError, stdout, withNetIo } from "wasock/assembly";

const given = args();
const host = given.length > 1 ? given[1] : "localhost";
const port = given.length > 2 ? given[2] : "http";
const path = given.length > 3 ? given[3] : "/";

// A function in AssemblyScript sees the globals, and no other variables around it.
function get(input: InputPort, output: OutputPort): bool {
  output.writeString(`GET ${path} HTTP/1.0\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  output.flush();
  const status = input.readLine();
  const isGood = status !== null && status.startsWith("HTTP/1.") && status.includes(" 200 ");
  if (!isGood) printError("http-get: " + (status ? status : "no answer"));
  for (let line = input.readLine(); line !== null && line.length; line = input.readLine()) {}
  const text = stdout();
  for (let bytes = input.read(65536); bytes.length && isGood; bytes = input.read(65536)) text.write(bytes);
  text.flush();
  return isGood;
}

exit(withNetIo<bool>(host, port, get) ? 0 : 1);
