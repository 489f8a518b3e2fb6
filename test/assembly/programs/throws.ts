import { print } from "wasock/assembly";
print("");
throw new Error("no good");
