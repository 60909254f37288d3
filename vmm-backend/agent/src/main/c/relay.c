/*
 * The host's end of one process in the guest: pumps between its own standard streams and a connection to the agent, and ends as that process ended. So
 * whoever started it (the shim) keeps streams and exit status of a process in the guest as those of any other.
 *
 *   proa-agent relay [stdin]     descriptor 250 is a socket (SOCK_SEQPACKET) that brings the connection, on which RUN has been sent, by SCM_RIGHTS;
 *                                descriptor 251, if it is open, gets the EXIT frame's payload; "stdin" pumps standard input as well
 */
#include "protocol.h"
#include "sys.h"

enum { BRINGER = 250, NOTE = 251, LOST = 255 };

static int connection;

static u8 in[FRAME_HEADER + MAX_FRAME];
static u8 out[FRAME_HEADER + MAX_FRAME];

/* What the agent sent; the exit code, −1 to go on. */
static int frame(u16 type, const u8 *payload, u32 length) {
  switch (type) {
    case STDOUT: write_all(1, payload, length); return -1;
    case STDERR: write_all(2, payload, length); return -1;
    case EXIT: {
      if (length < EXIT_SIZE) return LOST;
      write_all(NOTE, payload, length);
      s32 status;
      memcpy(&status, payload, 4);
      return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
    }
    default: return -1; /* STATUS and what a later agent may say */
  }
}

static int receive(void) {
  u8 byte;
  struct { u64 length; s32 level, type; s32 fd, pad; } control = {0, 0, 0, -1, 0};
  struct iovec iov = {&byte, 1};
  struct msghdr message = {0, 0, 0, &iov, 1, &control, sizeof control, 0, 0};
  long n;
  do n = sys(NR_recvmsg, BRINGER, &message, MSG_CMSG_CLOEXEC); while (n == -EINTR_);
  sys(NR_close, BRINGER);
  return n > 0 && control.level == SOL_SOCKET && control.type == SCM_RIGHTS ? control.fd : -1;
}

int relay_main(int argc, char **argv) {
  connection = receive();
  if (connection < 0) return LOST; /* whoever was to start the process is gone */
  int wants_stdin = argc > 2 && same(argv[2], "stdin");
  u64 have = 0, pending = 0, sent = 0;
  sys(NR_fcntl, connection, F_SETFL, O_NONBLOCK | O_RDWR);
  for (;;) {
    struct pollfd fds[2] = {{connection, POLLIN, 0}, {wants_stdin && !pending ? 0 : -1, POLLIN, 0}};
    if (pending) fds[0].events |= POLLOUT;
    if (sys(NR_ppoll, fds, 2, 0, 0, 0) < 0) continue;
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) {
      long n = sys(NR_read, connection, in + have, sizeof in - have);
      if (n == 0 || (n < 0 && n != -EAGAIN_ && n != -EINTR_)) return LOST;
      if (n > 0) have += (u64)n;
      u64 at = 0;
      while (have - at >= FRAME_HEADER) {
        u32 length;
        u16 type;
        memcpy(&length, in + at, 4);
        memcpy(&type, in + at + 4, 2);
        if (length > MAX_FRAME) return LOST;
        if (have - at < FRAME_HEADER + length) break;
        int code = frame(type, in + at + FRAME_HEADER, length);
        if (code >= 0) return code;
        at += FRAME_HEADER + length;
      }
      memmove(in, in + at, have - at);
      have -= at;
    }
    if (fds[1].revents & (POLLIN | POLLHUP | POLLERR)) {
      long n = sys(NR_read, 0, out + FRAME_HEADER, STREAM_CHUNK);
      if (n == -EINTR_ || n == -EAGAIN_) continue;
      if (n <= 0) wants_stdin = 0, n = 0;
      u32 length = (u32)n;
      u16 type = n ? STDIN : STDIN_END, zero = 0;
      memcpy(out, &length, 4);
      memcpy(out + 4, &type, 2);
      memcpy(out + 6, &zero, 2);
      pending = FRAME_HEADER + length, sent = 0;
    }
    if (pending) {
      long n = sys(NR_sendto, connection, out + sent, pending - sent, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
      if (n < 0 && n != -EAGAIN_ && n != -EINTR_) pending = 0, wants_stdin = 0; /* what the agent still says is read all the same */
      if (n > 0 && (sent += (u64)n) == pending) pending = 0;
    }
  }
}
