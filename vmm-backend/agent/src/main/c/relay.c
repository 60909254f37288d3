/*
 * The host's end of one process in the guest: pumps between its own standard streams and a connection to the agent, and ends as that process ended. So
 * whoever started it (the shim) keeps streams and exit status of a process in the guest as those of any other.
 *
 *   proa-agent relay [STDIN]     descriptor 3 is the connection, on which RUN has been sent; STDIN "stdin" pumps standard input as well;
 *                                descriptor 4, if it is open, gets the EXIT frame's payload
 */
#include "protocol.h"
#include "sys.h"

enum { CONNECTION = 3, NOTE = 4, LOST = 255 };

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

int relay_main(int argc, char **argv) {
  int wants_stdin = argc > 2 && same(argv[2], "stdin");
  u64 have = 0, pending = 0, sent = 0;
  sys(NR_fcntl, CONNECTION, F_SETFL, O_NONBLOCK | O_RDWR);
  for (;;) {
    struct pollfd fds[2] = {{CONNECTION, POLLIN, 0}, {wants_stdin && !pending ? 0 : -1, POLLIN, 0}};
    if (pending) fds[0].events |= POLLOUT;
    if (sys(NR_ppoll, fds, 2, 0, 0, 0) < 0) continue;
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) {
      long n = sys(NR_read, CONNECTION, in + have, sizeof in - have);
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
      long n = sys(NR_sendto, CONNECTION, out + sent, pending - sent, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
      if (n < 0 && n != -EAGAIN_ && n != -EINTR_) pending = 0, wants_stdin = 0; /* what the agent still says is read all the same */
      if (n > 0 && (sent += (u64)n) == pending) pending = 0;
    }
  }
}
