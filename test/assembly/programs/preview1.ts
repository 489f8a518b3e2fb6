// A WASI preview 1 program that serves: nothing but raw calls of `wasi_snapshot_preview1`.
//
// The first byte that a peer sends says what it wants: e echo, p peek and wait for all, w wait for all and never get
// it, n no blocking, b send much without blocking, c look at clocks that are far away, i copy the standard input,
// q end with code 7.

@external("wasi_snapshot_preview1", "sock_accept")
declare function sock_accept(fd: i32, flags: i32, result: usize): i32;
@external("wasi_snapshot_preview1", "sock_recv")
declare function sock_recv(fd: i32, iovs: usize, count: i32, flags: i32, length: usize, ro: usize): i32;
@external("wasi_snapshot_preview1", "sock_send")
declare function sock_send(fd: i32, iovs: usize, count: i32, flags: i32, length: usize): i32;
@external("wasi_snapshot_preview1", "sock_shutdown")
declare function sock_shutdown(fd: i32, how: i32): i32;
@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(fd: i32, iovs: usize, count: i32, length: usize): i32;
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(fd: i32, iovs: usize, count: i32, length: usize): i32;
@external("wasi_snapshot_preview1", "fd_close")
declare function fd_close(fd: i32): i32;
@external("wasi_snapshot_preview1", "fd_renumber")
declare function fd_renumber(from: i32, to: i32): i32;
@external("wasi_snapshot_preview1", "fd_fdstat_get")
declare function fd_fdstat_get(fd: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "fd_fdstat_set_flags")
declare function fd_fdstat_set_flags(fd: i32, flags: i32): i32;
@external("wasi_snapshot_preview1", "fd_prestat_get")
declare function fd_prestat_get(fd: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "fd_seek")
declare function fd_seek(fd: i32, offset: i64, whence: i32, at: usize): i32;
@external("wasi_snapshot_preview1", "poll_oneoff")
declare function poll_oneoff(subscriptions: usize, events: usize, count: i32, length: usize): i32;
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: i32): void;

// behind the folders, as libc and Go look for it
let listener: i32 = 3;
const NONBLOCK: i32 = 4;
const READ: i32 = 1;
const WRITE: i32 = 2;
const CLOCK: i32 = 0;
const AGAIN: i32 = 6;
const CONNRESET: i32 = 15;
const PEEK: i32 = 1;
const WAITALL: i32 = 2;

const iovs: usize = memory.data(16);
const answer: usize = memory.data(8);
const stat: usize = memory.data(32);
const subscriptions: usize = memory.data(48 * 4);
const events: usize = memory.data(32 * 4);
const SIZE: i32 = 65536;
const buffer: usize = memory.data(SIZE);

export function abort(): void {
  proc_exit(99);
}

function check(condition: bool, code: i32): void {
  if (!condition) proc_exit(code);
}

function one(at: usize, length: i32): usize {
  store<u32>(iovs, <u32>at);
  store<u32>(iovs, length, 4);
  return iovs;
}

function receive(fd: i32, at: usize, length: i32, flags: i32 = 0): i32 {
  const errno = sock_recv(fd, one(at, length), 1, flags, answer, answer + 4);
  return errno == 0 ? load<i32>(answer) : -errno;
}

function sendAll(fd: i32, at: usize, length: i32): void {
  check(sock_send(fd, one(at, length), 1, 0, answer) == 0, 20);
  check(load<i32>(answer) == length, 21);
}

function sendByte(fd: i32, value: i32): void {
  store<u8>(buffer, <u8>value);
  sendAll(fd, buffer, 1);
}

function subscribe(index: i32, type: i32, fd: i32, nanoseconds: u64 = 0): void {
  const at = subscriptions + 48 * index;
  memory.fill(at, 0, 48);
  store<u64>(at, 100 + index);
  store<u8>(at, <u8>type, 8);
  if (type == CLOCK) {
    store<u32>(at, 1, 16);
    store<u64>(at, nanoseconds, 24);
  } else {
    store<u32>(at, fd, 16);
  }
}

// which subscription was ready first; its errno is left in the event
function wait(count: i32): i32 {
  check(poll_oneoff(subscriptions, events, count, answer) == 0, 30);
  check(load<i32>(answer) > 0, 31);
  return <i32>(load<u64>(events) - 100);
}

// all that comes, until the peer has ended, through the functions of files
function echo(fd: i32): void {
  for (;;) {
    check(fd_read(fd, one(buffer, SIZE), 1, answer) == 0, 40);
    const length = load<i32>(answer);
    if (length == 0) break;
    check(fd_write(fd, one(buffer, length), 1, answer) == 0, 41);
    check(load<i32>(answer) == length, 42);
  }
  sendByte(fd, 0x2e);
  check(sock_shutdown(fd, 2) == 0, 43);
}

// two bytes looked at, then four, then all six taken into two pieces; the peer sends on when it is told to
function peek(fd: i32): void {
  while (receive(fd, buffer, 3, PEEK) < 2) {}
  subscribe(0, READ, fd);
  subscribe(1, CLOCK, 0, 5_000_000_000);
  check(wait(2) == 0, 50);
  sendByte(fd, 0x31);
  // what has come since is seen too
  while (receive(fd, buffer + 10, 6, PEEK) < 4) {}
  sendByte(fd, 0x32);
  store<u32>(iovs, <u32>(buffer + 100));
  store<u32>(iovs, 2, 4);
  store<u32>(iovs, <u32>(buffer + 200), 8);
  store<u32>(iovs, 4, 12);
  check(sock_recv(fd, iovs, 2, WAITALL, answer, answer + 4) == 0, 52);
  check(load<i32>(answer) == 6, 53);
  check(load<u32>(buffer + 10) == 0x64636261, 54);
  sendAll(fd, buffer + 200, 4);
  sendAll(fd, buffer + 100, 2);
}

// the peer ends, or is reset, behind four bytes: these come first, then what has happened, once
function waitForAll(fd: i32): void {
  sendByte(fd, 0x31);
  check(receive(fd, buffer + 10, 10, WAITALL) == 4, 55);
  const result = receive(fd, buffer + 10, 10, WAITALL);
  check(result == (load<u8>(buffer + 10) == 0x72 ? -CONNRESET : 0), 56);
  check(receive(fd, buffer + 20, 10, PEEK) == 0, 57);
}

// nothing is there: again, and the clock is first; then the peer is told to send
function noBlocking(fd: i32): void {
  check(fd_fdstat_set_flags(fd, NONBLOCK) == 0, 60);
  check(fd_fdstat_get(fd, stat) == 0, 61);
  check(load<u8>(stat) == 6 && load<u16>(stat, 2) == NONBLOCK, 62);
  sendByte(fd, -receive(fd, buffer, 10));
  subscribe(0, READ, fd);
  subscribe(1, CLOCK, 0, 30_000_000);
  check(wait(2) == 1 && load<i32>(answer) == 1, 63);
  subscribe(1, WRITE, fd);
  subscribe(2, READ, 77);
  check(wait(3) == 1 && load<i32>(answer) == 2, 64);
  check(load<u64>(events, 32) == 102 && load<u16>(events, 32 + 8) == 8, 65);
  sendByte(fd, 0x67);
  subscribe(1, CLOCK, 0, 10_000_000_000);
  check(wait(2) == 0, 66);
  check(load<u16>(events, 8) == 0 && load<u8>(events, 10) == READ, 67);
  // what may not wait doesn't wait for all
  check(receive(fd, buffer, 10, WAITALL) == 2, 68);
  check(receive(fd, buffer, 10, WAITALL) == -AGAIN, 69);
  sendAll(fd, buffer, 2);
}

// sends until the peer's reading holds it back, then waits and sends the rest: 8 MiB in all
function much(fd: i32): void {
  check(fd_fdstat_set_flags(fd, NONBLOCK) == 0, 70);
  let left = 8 << 20;
  let waits = 0;
  while (left > 0) {
    const errno = sock_send(fd, one(buffer, min(left, SIZE)), 1, 0, answer);
    if (errno == AGAIN) {
      waits++;
      subscribe(0, WRITE, fd);
      subscribe(1, CLOCK, 0, 10_000_000_000);
      check(wait(2) == 0, 71);
    } else {
      check(errno == 0, 72);
      left -= load<i32>(answer);
    }
  }
  check(waits > 0, 73);
}

// never, from now on, and 1970
function clocks(fd: i32): void {
  subscribe(0, CLOCK, 0, u64.MAX_VALUE);
  subscribe(1, CLOCK, 0, 1000);
  store<u32>(subscriptions + 48, 0, 16);
  store<u16>(subscriptions + 48, 1, 40);
  check(wait(2) == 1 && load<i32>(answer) == 1, 58);
  sendByte(fd, 0x74);
}

function stdin(fd: i32): void {
  for (;;) {
    check(fd_read(0, one(buffer, SIZE), 1, answer) == 0, 80);
    const length = load<i32>(answer);
    if (length == 0) break;
    sendAll(fd, buffer, length);
  }
}

// what no socket may be asked for, and what is no socket
function wrong(fd: i32): void {
  check(sock_recv(listener, one(buffer, 1), 1, 0, answer, answer + 4) == 53, 90);
  check(sock_accept(fd, 0, answer) == 28, 91);
  check(sock_recv(1, one(buffer, 1), 1, 0, answer, answer + 4) == 57, 92);
  check(sock_recv(0, one(buffer, 1), 1, 0, answer, answer + 4) == 57, 93);
  check(sock_recv(99, one(buffer, 1), 1, 0, answer, answer + 4) == 8, 94);
  check(sock_send(fd, one(buffer, 1), 1, 1, answer) == 28, 95);
  check(sock_send(fd, one(<usize>0xffff_fff0, 100), 1, 0, answer) == 21, 96);
  check(sock_send(fd, iovs, 100_000, 0, answer) == 28, 97);
  check(sock_recv(fd, one(buffer, 1), 1, 0, <usize>0xffff_ffff, answer) == 21, 98);
  check(sock_shutdown(fd, 4) == 28, 100);
  check(fd_prestat_get(listener, stat) == 8 && fd_prestat_get(fd, stat) == 8, 101);
  check(fd_seek(fd, 0, 0, stat) == 70, 102);
  check(poll_oneoff(subscriptions, events, 0, answer) == 28, 103);
  check(poll_oneoff(subscriptions, events, 50_000_000, answer) == 28, 104);
  check(poll_oneoff(<usize>0xffff_fff0, events, 4, answer) == 21, 105);
}

function serve(fd: i32): void {
  check(receive(fd, buffer, 1) == 1, 10);
  const wish = load<u8>(buffer);
  if (wish == 0x65) echo(fd);
  else if (wish == 0x70) peek(fd);
  else if (wish == 0x77) waitForAll(fd);
  else if (wish == 0x6e) noBlocking(fd);
  else if (wish == 0x62) much(fd);
  else if (wish == 0x63) clocks(fd);
  else if (wish == 0x69) stdin(fd);
  else if (wish == 0x71) proc_exit(7);
  else abort();
}

function main(): void {
  while (fd_prestat_get(listener, stat) == 0) listener++;
  check(fd_fdstat_get(listener, stat) == 0 && load<u8>(stat) == 6, 1);
  if (load<u16>(stat, 2) != NONBLOCK) {
    // waits in accept, without a poll
    check(sock_accept(listener, 0, answer) == 0, 2);
    const accepted = load<i32>(answer);
    serve(accepted);
    check(fd_close(accepted) == 0, 7);
    check(fd_fdstat_set_flags(listener, NONBLOCK) == 0, 4);
  }
  for (;;) {
    let errno = sock_accept(listener, 0, answer);
    if (errno == AGAIN) {
      subscribe(0, READ, listener);
      subscribe(1, CLOCK, 0, 20_000_000_000);
      check(wait(2) == 0, 5);
      errno = sock_accept(listener, 0, answer);
    }
    check(errno == 0, 6);
    const accepted = load<i32>(answer);
    wrong(accepted);
    if (fd_fdstat_get(2, stat) == 0) {
      // takes the place of another descriptor, which is closed
      check(fd_renumber(accepted, 2) == 0, 12);
      check(fd_close(accepted) == 8, 8);
      serve(2);
      check(fd_close(2) == 0, 9);
    } else {
      check(fd_renumber(accepted, 2) == 8, 13);
      serve(accepted);
      check(fd_close(accepted) == 0, 9);
    }
  }
}

main();
