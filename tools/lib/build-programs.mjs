// Runs `wasock build` for many programs in one process: the compiler takes seconds to be loaded, and little for each.
//
//     node tools/lib/build-programs.mjs '[{ "folder": …, "args": […] }, …]'

// a name that TypeScript does not follow: what is built need not be there
const built = new URL("../../build/src/cli/build.js", import.meta.url).href;
const { build } = /** @type {{ build(args: string[]): Promise<number> }} */ (await import(built));

for (const { folder, args } of JSON.parse(String(process.argv[2]))) {
  process.chdir(folder);
  try {
    await build([...args, "--quiet"]);
  } catch (error) {
    console.error(`${args.join(" ")}: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}
