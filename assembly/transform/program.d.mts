/** The transform, a class that only asc makes something of: `asc main.ts --transform wasock/transform`. */
declare const Program: new () => object;
export default Program;
