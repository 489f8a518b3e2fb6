// Random numbers, which 0.3 has as 0.2 has them.

export { getRandomBytes, getRandomU64 } from "./imports/random";
