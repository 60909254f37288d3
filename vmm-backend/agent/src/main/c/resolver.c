/*
 * Name service inside of the guest: what asks at 127.0.0.11 is led to the host, port 53 of vsock, where the same service answers as for containers in
 * namespaces. A process of its own, and one for each question, so that a slow answer keeps nobody waiting; on the way each question is a stream with
 * DNS's two bytes of length (RFC 1035, 4.2.2).
 */
#include "agent.h"

enum { DNS_PORT = 53, HEADER = 12, PLAIN = 512, EXTENDED = 1232, LONGEST = 65535, ASKERS = 32, HOST_CID = 2, PATIENCE = 10 };

struct address { u16 family; u8 port[2], ip[4], zero[8]; };
static const struct address AT = {2 /* AF_INET */, {0, DNS_PORT}, {127, 0, 0, 11}, {0}};

static u8 question[2 + LONGEST], reply[2 + LONGEST];

static long host(void) {
  struct { s64 seconds, micros; } time = {PATIENCE, 0};
  struct sockaddr_vm address = {AF_VSOCK, 0, DNS_PORT, HOST_CID, 0};
  long fd = sys(NR_socket, AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fd;
  sys(NR_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  long result = sys(NR_connect, fd, &address, sizeof address);
  return result < 0 ? result : fd;
}

static long read_all(int fd, u8 *to, u64 size) {
  for (u64 have = 0; have < size;) {
    long n = sys(NR_read, fd, to + have, size - have);
    if (n == -EINTR_) continue;
    if (n <= 0) return -EIO_;
    have += (u64)n;
  }
  return 0;
}

/* Length of the header and the question alone; 0 if that is no question. */
static u64 asked(const u8 *message, u64 length) {
  u64 at = HEADER;
  while (at < length && message[at]) at += 1u + message[at];
  return at + 5 <= length ? at + 5 : 0;
}

/* Header and question of the reply, with what is behind them counted as nothing. */
static u64 cut(u8 *message, u64 length, u8 flags, u8 code) {
  message[2] |= (u8)(0x80 | flags);
  message[3] = (u8)((message[3] & 0xf0) | code);
  memset(message + 6, 0, 6);
  return asked(message, length);
}

static void one_datagram(int udp, u64 length, const struct address *from) {
  long fd = host();
  u64 size = 0;
  question[0] = (u8)(length >> 8), question[1] = (u8)length;
  if (fd >= 0 && write_all((int)fd, question, 2 + length) >= 0 && read_all((int)fd, reply, 2) >= 0) {
    size = (u64)reply[0] << 8 | reply[1];
    if (size < HEADER || read_all((int)fd, reply + 2, size) < 0) size = 0;
  }
  u64 room = question[2 + 10] | question[2 + 11] ? EXTENDED : PLAIN; /* additional records: EDNS, which has room for more */
  u8 *answer = reply + 2;
  if (!size) { /* nobody is there: a failure is told, as a resolver that cannot reach any does */
    answer = question + 2;
    size = cut(answer, length, 0, 2);
  } else if (size > room) {
    size = cut(answer, size, 0x02, answer[3] & 0x0f); /* truncated: come by TCP */
  }
  if (size) sys(NR_sendto, udp, answer, size, MSG_DONTWAIT, from, sizeof *from);
  leave(0);
}

static void one_stream(int client) {
  int way[2] = {client, (int)host()};
  for (int open = way[1] >= 0 ? 2 : 0; open;) {
    struct pollfd fds[2] = {{way[0], POLLIN, 0}, {way[1], POLLIN, 0}};
    struct timespec patience = {PATIENCE, 0};
    long n = sys(NR_ppoll, fds, 2, &patience, 0, 0);
    if (n == -EINTR_) continue;
    if (n <= 0) break;
    for (int i = 0; i < 2 && open; i++) {
      if (!fds[i].revents) continue;
      n = sys(NR_read, way[i], question, sizeof question);
      if (n <= 0 || write_all(way[1 - i], question, (u64)n) < 0) open = 0;
    }
  }
  leave(0);
}

static long bound(int type) {
  s32 yes = 1;
  long fd = sys(NR_socket, AT.family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fd;
  sys(NR_setsockopt, fd, SOL_SOCKET, 2 /* SO_REUSEADDR */, &yes, sizeof yes);
  long result = sys(NR_bind, fd, &AT, sizeof AT);
  return result < 0 ? result : fd;
}

static _Noreturn void serve(int udp, int tcp) {
  u32 askers = 0;
  sys(NR_prctl, PR_SET_NAME, "proa-names"); /* no process of the container's */
  u64 all = ~0ull;
  /* The agent's connections are not to stay open here. */
  udp = (int)sys(NR_fcntl, udp, F_DUPFD_CLOEXEC, 3 + MAX_DESCRIPTORS), tcp = (int)sys(NR_fcntl, tcp, F_DUPFD_CLOEXEC, 3 + MAX_DESCRIPTORS);
  sys(NR_dup3, udp, 3, O_CLOEXEC), sys(NR_dup3, tcp, 4, O_CLOEXEC);
  udp = 3, tcp = 4;
  sys(NR_close_range, 5, ~0u, 0);
  sys(NR_rt_sigprocmask, SIG_SETMASK, &all, 0, 8); /* a signal to everything in the guest is not meant for this */
  for (;;) {
    s32 status;
    while (askers && sys(NR_wait4, -1, &status, askers < ASKERS ? WNOHANG : 0, 0) > 0) askers--;
    struct pollfd fds[2] = {{udp, POLLIN, 0}, {tcp, POLLIN, 0}};
    struct timespec second = {1, 0};
    if (sys(NR_ppoll, fds, 2, askers ? &second : 0, 0, 0) <= 0) continue;
    if (fds[0].revents) {
      struct address from;
      struct iovec iov = {question + 2, LONGEST};
      struct msghdr message = {&from, sizeof from, 0, &iov, 1, 0, 0, 0, 0};
      long n = sys(NR_recvmsg, udp, &message, MSG_DONTWAIT);
      if (n > HEADER) {
        long pid = sys(NR_clone, SIGCHLD, 0, 0, 0, 0);
        if (pid == 0) one_datagram(udp, (u64)n, &from);
        if (pid > 0) askers++;
      }
    }
    if (fds[1].revents) {
      long client = sys(NR_accept4, tcp, 0, 0, SOCK_CLOEXEC);
      if (client < 0) continue;
      long pid = sys(NR_clone, SIGCHLD, 0, 0, 0, 0);
      if (pid == 0) one_stream((int)client);
      if (pid > 0) askers++;
      sys(NR_close, client);
    }
  }
}

long resolver_start(void) {
  static s32 started;
  if (started) return -EEXIST_;
  long udp = bound(2 /* SOCK_DGRAM */), tcp = bound(SOCK_STREAM);
  long result = udp < 0 ? udp : tcp < 0 ? tcp : sys(NR_listen, tcp, ASKERS);
  if (result >= 0) result = sys(NR_clone, SIGCHLD, 0, 0, 0, 0);
  if (result == 0) serve((int)udp, (int)tcp);
  if (udp >= 0) sys(NR_close, udp);
  if (tcp >= 0) sys(NR_close, tcp);
  if (result > 0) started = (s32)result;
  return result < 0 ? result : 0;
}
