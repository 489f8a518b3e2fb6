// What bench/programs/host.ts does, in C without a library: WASI at the core boundary, as a C library would use it.
//
//     host.wasm WHAT COUNT [PORT [SIZE]]

#include "wasi.h"

enum { CHUNK = 65536, ARENA = 1 << 20 };
enum { WOULD_BLOCK = 8, CLOSED = 1 };

// Where imports put their results: of a result the discriminant is first, its payload 4 or 8 bytes on.
static union {
  u8 bytes[16];
  u32 words[4];
  u64 longs[2];
} ret;

static u8 chunk[CHUNK];

// The lists that imports return: what one has returned is gone with the next.
static u8 arena[ARENA] __attribute__((aligned(16)));
static u32 used;

EXPORT("cabi_realloc") void *cabi_realloc(void *old, u32 old_size, u32 align, u32 size) {
  (void)old; // nothing that was given out grows
  u32 start = (used + align - 1) & -align;
  if (old_size != 0 || size > ARENA - start) __builtin_trap();
  used = start + size;
  return arena + start;
}

static u32 length_of(const char *text) {
  u32 length = 0;
  while (text[length]) length++;
  return length;
}

_Noreturn static void fail(const char *why) {
  output_blocking_write_and_flush(get_stderr(), why, length_of(why), &ret);
  output_blocking_write_and_flush(get_stderr(), "\n", 1, &ret);
  __builtin_trap();
}

// Whether a call has failed; that it would block is no failure.
static int must_wait(u32 error, const char *what) {
  if (ret.bytes[0] == 0) return 0;
  if (error != WOULD_BLOCK) fail(what);
  return 1;
}

static void must(const char *what) {
  if (ret.bytes[0] != 0) fail(what);
}

// A socket with what comes from it and goes to it: byte streams, or streams of datagrams.
struct client {
  handle socket, input, output, readable, writable;
};

static struct client connect_tcp(u32 port) {
  struct client client;
  create_tcp_socket(0, &ret);
  must("create-tcp-socket");
  client.socket = ret.words[1];
  tcp_start_connect(client.socket, instance_network(), IPV4(port, 127, 0, 0, 1), &ret);
  must("start-connect");
  handle ready = tcp_subscribe(client.socket);
  while (tcp_finish_connect(client.socket, &ret), must_wait(ret.bytes[4], "finish-connect")) block(ready);
  client.input = ret.words[1];
  client.output = ret.words[2];
  client.readable = input_subscribe(client.input);
  client.writable = output_subscribe(client.output);
  return client;
}

static struct client connect_udp(u32 port) {
  struct client client;
  create_udp_socket(0, &ret);
  must("create-udp-socket");
  client.socket = ret.words[1];
  udp_start_bind(client.socket, instance_network(), IPV4(0, 0, 0, 0, 0), &ret);
  must("start-bind");
  handle ready = udp_subscribe(client.socket);
  while (udp_finish_bind(client.socket, &ret), must_wait(ret.bytes[1], "finish-bind")) block(ready);
  udp_stream(client.socket, 1, IPV4(port, 127, 0, 0, 1), &ret);
  must("stream");
  client.input = ret.words[1];
  client.output = ret.words[2];
  client.readable = incoming_subscribe(client.input);
  client.writable = outgoing_subscribe(client.output);
  return client;
}

static void send_bytes(struct client *client, const u8 *bytes, u32 size) {
  while (size > 0) {
    output_check_write(client->output, &ret);
    must("check-write");
    u64 permit = ret.longs[1];
    if (permit == 0) {
      block(client->writable);
      continue;
    }
    u32 count = permit < size ? (u32)permit : size;
    output_write(client->output, bytes, count, &ret);
    must("write");
    bytes += count;
    size -= count;
  }
}

// How many bytes came; 0 at the end.
static u32 receive_bytes(struct client *client, u32 most) {
  for (;;) {
    used = 0;
    input_read(client->input, most, &ret);
    if (ret.bytes[0] != 0) {
      if (ret.bytes[4] != CLOSED) fail("read");
      return 0;
    }
    if (ret.words[2] != 0) return ret.words[2];
    block(client->readable);
  }
}

static void send_datagram(struct client *client, const u8 *bytes, u32 size) {
  struct {
    const u8 *bytes;
    u32 size;
    u32 some, address[8];
  } datagram = {bytes, size, 0, {0}};
  for (;;) {
    outgoing_check_send(client->output, &ret);
    must("check-send");
    if (ret.longs[1] != 0) break;
    block(client->writable);
  }
  outgoing_send(client->output, &datagram, 1, &ret);
  must("send");
  if (ret.longs[1] != 1) fail("the datagram was not sent");
}

static u32 receive_datagram(struct client *client) {
  for (;;) {
    used = 0;
    incoming_receive(client->input, 1, &ret);
    must("receive");
    if (ret.words[2] == 1) return ((u32 *)ret.words[1])[1];
    block(client->readable);
  }
}

static void calls(u32 count) {
  u64 last = 0;
  for (u32 i = 0; i < count; i++) {
    u64 time = now();
    if (time < last) fail("the clock has gone back");
    last = time;
  }
}

static void polls(u32 count, u64 nanoseconds) {
  for (u32 i = 0; i < count; i++) {
    handle pollable = subscribe_duration(nanoseconds);
    used = 0;
    poll(&pollable, 1, &ret);
    if (ret.words[1] != 1) fail("nothing was ready");
    drop_pollable(pollable);
  }
}

static void exchanges(u32 count, u32 port, u32 size) {
  struct client client = connect_tcp(port);
  for (u32 i = 0; i < count; i++) {
    send_bytes(&client, chunk, size);
    for (u32 got = 0; got < size;) {
      u32 received = receive_bytes(&client, size - got);
      if (received == 0) fail("the other end has closed");
      got += received;
    }
  }
}

static void exchanges_udp(u32 count, u32 port, u32 size) {
  struct client client = connect_udp(port);
  for (u32 i = 0; i < count; i++) {
    send_datagram(&client, chunk, size);
    if (receive_datagram(&client) != size) fail("the answer is of another size");
  }
}

// Takes `count` MiB.
static void receives(u32 count, u32 port) {
  struct client client = connect_tcp(port);
  u64 total = (u64)count << 20;
  u64 wish = __builtin_bswap64(total);
  send_bytes(&client, (u8 *)&wish, sizeof wish);
  u64 sum = 0;
  for (u32 got; (got = receive_bytes(&client, CHUNK)) > 0;) sum += got;
  if (sum != total) fail("bytes are missing");
}

// Sends `count` MiB, and waits until the other end has taken them.
static void sends(u32 count, u32 port) {
  struct client client = connect_tcp(port);
  for (u32 i = 0; i < count << 4; i++) send_bytes(&client, chunk, CHUNK);
  tcp_shutdown(client.socket, 1, &ret);
  must("shutdown");
  if (receive_bytes(&client, CHUNK) != 0) fail("the other end said something");
}

struct text {
  const char *bytes;
  u32 length;
};

static int is(struct text text, const char *other) {
  if (text.length != length_of(other)) return 0;
  for (u32 i = 0; i < text.length; i++)
    if (text.bytes[i] != other[i]) return 0;
  return 1;
}

static u32 number(struct text text) {
  u32 value = 0;
  for (u32 i = 0; i < text.length; i++) value = value * 10 + (u32)(text.bytes[i] - '0');
  return value;
}

static void print(u64 value) {
  char digits[21];
  u32 at = sizeof digits;
  digits[--at] = '\n';
  do digits[--at] = (char)('0' + value % 10);
  while ((value /= 10) != 0);
  output_blocking_write_and_flush(get_stdout(), digits + at, sizeof digits - at, &ret);
}

// @returns 0: it went well
EXPORT("wasi:cli/run@0.2.12#run") int run(void) {
  get_arguments(&ret);
  struct text *args = (struct text *)ret.words[0];
  u32 given = ret.words[1];
  if (given < 3) fail("usage: host.wasm WHAT COUNT [PORT [SIZE]]");
  struct text what = args[1];
  u32 count = number(args[2]);
  u32 port = given > 3 ? number(args[3]) : 0;
  u32 size = given > 4 ? number(args[4]) : 0;
  if (size > CHUNK) fail("SIZE is too large");
  u64 start = now();
  if (is(what, "call")) calls(count);
  else if (is(what, "ready-poll")) polls(count, 0);
  else if (is(what, "sleep")) polls(count, 1000000);
  else if (is(what, "exchange")) exchanges(count, port, size);
  else if (is(what, "exchange-udp")) exchanges_udp(count, port, size);
  else if (is(what, "receive")) receives(count, port);
  else if (is(what, "send")) sends(count, port);
  else if (!is(what, "start")) fail("no such measurement");
  print(now() - start);
  return 0;
}
