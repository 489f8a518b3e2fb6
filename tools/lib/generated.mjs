/** What files begin with that `node tools/generate.mjs` makes, where they have no other author. */
export const MARK = "// Made by tools/generate.mjs; do not edit.";
