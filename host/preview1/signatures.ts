/**
 * The types of the functions of `wasi_snapshot_preview1`.
 */

/** The parameters of each function: `i` is an i32, taken as unsigned, `l` an i64 likewise. */
export const signatures = {
  args_get: "ii",
  args_sizes_get: "ii",
  environ_get: "ii",
  environ_sizes_get: "ii",
  clock_res_get: "ii",
  clock_time_get: "ili",
  fd_advise: "illi",
  fd_allocate: "ill",
  fd_close: "i",
  fd_datasync: "i",
  fd_fdstat_get: "ii",
  fd_fdstat_set_flags: "ii",
  fd_fdstat_set_rights: "ill",
  fd_filestat_get: "ii",
  fd_filestat_set_size: "il",
  fd_filestat_set_times: "illi",
  fd_pread: "iiili",
  fd_prestat_get: "ii",
  fd_prestat_dir_name: "iii",
  fd_pwrite: "iiili",
  fd_read: "iiii",
  fd_readdir: "iiili",
  fd_renumber: "ii",
  fd_seek: "ilii",
  fd_sync: "i",
  fd_tell: "ii",
  fd_write: "iiii",
  path_create_directory: "iii",
  path_filestat_get: "iiiii",
  path_filestat_set_times: "iiiilli",
  path_link: "iiiiiii",
  path_open: "iiiiillii",
  path_readlink: "iiiiii",
  path_remove_directory: "iii",
  path_rename: "iiiiii",
  path_symlink: "iiiii",
  path_unlink_file: "iii",
  poll_oneoff: "iiii",
  proc_exit: "i",
  proc_raise: "i",
  random_get: "ii",
  sched_yield: "",
  sock_accept: "iii",
  sock_recv: "iiiiii",
  sock_send: "iiiii",
  sock_shutdown: "ii",
} as const;

/** The values of parameters. */
type Values<Types extends string> = Types extends `${infer First}${infer Rest}`
  ? [First extends "i" ? number : bigint, ...Values<Rest>]
  : [];

/** What a call answers: an errno, or a promise of one where it waits. */
export type LaterErrno = number | Promise<number>;

type All = { readonly [Name in keyof typeof signatures]: Call<Values<(typeof signatures)[Name]>> };

/** A function; it throws what is no success, as a number, and gives nothing where it has succeeded at once. */
export type Call<Params extends unknown[] = never[]> = (...params: Params) => LaterErrno | undefined;

/** Functions by their names. */
export type Calls = Partial<All>;
