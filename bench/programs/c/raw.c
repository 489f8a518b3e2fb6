// The kernel's own calls and nothing above them, as an orientation for what a library costs; prints how long it took,
// in nanoseconds.
//
//     raw tcp|udp|send PORT COUNT SIZE
//
// `tcp` and `udp` send a message and wait for as many bytes, `send` only sends datagrams; the other end is on 127.0.0.1.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 65536, SECONDS = 100 };

static char message[MOST], answer[MOST];

static void must(int holds, const char *what) {
  if (holds) return;
  perror(what);
  exit(1);
}

static int connected(int type, int port) {
  int fd = socket(AF_INET, type, 0);
  must(fd >= 0, "socket");
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  must(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
  int on = 1;
  if (type == SOCK_STREAM) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // an answer that is lost must not be waited for for ever
  struct timeval limit = {.tv_sec = SECONDS};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return fd;
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv) {
  must(argc == 5, "usage: raw tcp|udp|send PORT COUNT SIZE");
  int isStream = strcmp(argv[1], "tcp") == 0;
  int hasAnswer = strcmp(argv[1], "send") != 0;
  int count = atoi(argv[3]);
  ssize_t size = atoi(argv[4]);
  must(size > 0 && size <= MOST, "SIZE");
  int fd = connected(isStream ? SOCK_STREAM : SOCK_DGRAM, atoi(argv[2]));
  long long start = now();
  for (int i = 0; i < count; i++) {
    must(send(fd, message, (size_t)size, 0) == size, "send");
    for (ssize_t got = 0; hasAnswer && got < size;) {
      ssize_t received = recv(fd, answer, (size_t)(size - got), 0);
      must(received > 0, "recv");
      got += received;
    }
  }
  printf("%lld\n", now() - start);
  return 0;
}
