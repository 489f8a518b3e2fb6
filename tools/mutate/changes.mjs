// Which sources changed.

import { run } from "../lib/process.mjs";

/** How far to look back on main, where no release is. */
const COMMITS = 20;

/**
 * @param {...string} args a git command
 * @returns {Promise<string | undefined>} what it wrote; nothing when it failed
 */
async function git(...args) {
  const { code, output } = await run("git", args, { capture: true });
  return code === 0 ? output.trim() : undefined;
}

/**
 * Finds what to compare with: where a branch left main; on main the last release, or some commits ago, or as far back
 * as a shallow clone knows.
 *
 * @returns {Promise<string | undefined>} a commit; none where there is but one
 */
async function base() {
  const head = await git("rev-parse", "HEAD");
  for (const main of ["origin/main", "main"]) {
    const left = await git("merge-base", "HEAD", main);
    if (left !== undefined && left !== head) return left;
  }
  const release = await git("describe", "--tags", "--abbrev=0", "HEAD^");
  if (release !== undefined) return release;
  const earlier = await git("rev-list", "--first-parent", `--max-count=${COMMITS + 1}`, "HEAD");
  return earlier?.split("\n").slice(1).at(-1);
}

/**
 * Lists what changed, in commits and in the work tree.
 *
 * @param {string} [since] compared with what (default: where the branch left main, or on main the last release)
 * @returns {Promise<{ since: string, files: string[] } | undefined>} the files that are there now; nothing where there
 *   is nothing to compare with
 */
export async function changedFiles(since) {
  const from = since ?? (await base());
  if (from === undefined) return undefined;
  const listed = await git("diff", "--name-only", "--diff-filter=d", from);
  if (listed === undefined) throw new Error(`there is no ${from} to compare with`);
  return { since: (await git("describe", "--always", "--tags", from)) ?? from, files: listed.split("\n") };
}
