#include "agent.h"

struct connection connections[CONNECTIONS];

u8 take8(struct reader *r) {
  u8 value = 0;
  if (r->end - r->at < 1) r->bad = 1; else value = *r->at++;
  return value;
}

static u64 take(struct reader *r, int bytes) {
  u64 value = 0;
  for (int i = 0; i < bytes; i++) value |= (u64)take8(r) << 8 * i;
  return value;
}

u16 take16(struct reader *r) { return (u16)take(r, 2); }
u32 take32(struct reader *r) { return (u32)take(r, 4); }
u64 take64(struct reader *r) { return take(r, 8); }

void take_text(struct reader *r, char *to, u32 size) {
  u32 length = take16(r);
  to[0] = 0;
  if (r->bad || length >= size || length > (u64)(r->end - r->at)) { r->bad = 1; return; }
  for (u32 i = 0; i < length; i++) if (!(to[i] = (char)r->at[i])) r->bad = 1;
  to[length] = 0;
  r->at += length;
}

static void greet(struct connection *c) {
  u8 hello[24];
  u32 magic = PROTOCOL_MAGIC, version = PROTOCOL_VERSION;
  u64 up = now(CLOCK_MONOTONIC), time = now(CLOCK_REALTIME);
  memcpy(hello, &magic, 4);
  memcpy(hello + 4, &version, 4);
  memcpy(hello + 8, &up, 8);
  memcpy(hello + 16, &time, 8);
  connection_send(c, HELLO, hello, sizeof hello, 0, 0);
}

void connection_open(int fd, int greeting) {
  for (int i = 0; i < CONNECTIONS; i++) {
    struct connection *c = &connections[i];
    if (c->fd >= 0) continue;
    c->fd = fd, c->process = -1, c->greeting = (u8)greeting, c->closing = c->stuck = 0;
    c->have = c->taken = c->from = c->to = 0;
    if (!greeting) greet(c);
    return;
  }
  sys(NR_close, fd); /* not polled for while the table is full */
}

void connection_close(struct connection *c) {
  if (c->fd < 0) return;
  sys(NR_close, c->fd);
  c->fd = -1;
  request_forget(c);
  if (c->process >= 0) {
    struct process *p = &processes[c->process];
    c->process = -1;
    process_abandon(p);
  }
}

u32 connection_room(struct connection *c) {
  if (c->from == c->to) c->from = c->to = 0;
  return OUT_SIZE - c->to;
}

void connection_send(struct connection *c, u16 type, const void *first, u32 first_length, const void *second, u32 second_length) {
  u32 length = first_length + second_length;
  u16 zero = 0;
  if (c->fd < 0 || c->closing || FRAME_HEADER + length > connection_room(c)) return;
  u8 *at = c->out + c->to;
  memcpy(at, &length, 4);
  memcpy(at + 4, &type, 2);
  memcpy(at + 6, &zero, 2);
  memcpy(at + 8, first, first_length);
  memcpy(at + 8 + first_length, second, second_length);
  c->to += FRAME_HEADER + length;
}

void connection_flush(struct connection *c) {
  while (c->fd >= 0 && c->from < c->to) {
    long n = sys(NR_sendto, c->fd, c->out + c->from, c->to - c->from, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
    if (n == -EINTR_) continue;
    if (n == -EAGAIN_) return;
    if (n < 0) { connection_close(c); return; }
    c->from += (u32)n;
  }
  if (c->fd >= 0 && c->closing) connection_close(c);
}

void connection_read(struct connection *c) {
  long n = sys(NR_read, c->fd, c->in + c->have, sizeof c->in - c->have);
  if (n == -EINTR_ || n == -EAGAIN_) return;
  if (n <= 0) { connection_close(c); return; }
  c->have += (u32)n;
}

/* The Unix socket's stand-in for vsock begins as Firecracker's does: CONNECT PORT, answered by OK PORT. */
static int line(struct connection *c) {
  for (u32 i = 0; i < c->have; i++) {
    if (c->in[i] != '\n') continue;
    if (c->have < 8 || !starts((char *)c->in, "CONNECT ")) { connection_close(c); return 0; }
    memmove(c->in, c->in + i + 1, c->have - i - 1);
    c->have -= i + 1;
    c->greeting = 0;
    memcpy(c->out, "OK 1024\n", 8);
    c->to = 8;
    greet(c);
    return 1;
  }
  if (c->have > 32) connection_close(c);
  return 0;
}

/* One frame; 0 to come again later. */
static int work(struct connection *c, u16 type, const u8 *payload, u32 length) {
  struct reader r = {payload, payload + length, 0};
  struct process *p = c->process >= 0 ? &processes[c->process] : 0;
  long result = 0;
  switch (type) {
    case RUN:
      result = process_run(c, &r);
      request_reply(c, 0, result, 0, 0); /* so that whoever is refused knows why */
      break;
    case IMAGE: result = process_image(c, payload, length); break;
    case GO: result = process_go(c); break;
    case STDIN:
      if (!p) { result = -EPROTO_; break; }
      result = process_stdin(p, payload + c->taken, length - c->taken);
      if (result == -EAGAIN_) return 0;
      if (result > 0 && (c->taken += (u32)result) < length) return 0;
      result = 0;
      break;
    case STDIN_END: if (p) process_stdin_end(p); break;
    default:
      if (type < SIGNAL || type >= REPLY) { result = -EPROTO_; break; }
      if (connection_room(c) < FRAME_HEADER + MAX_FRAME) return 0;
      request(c, type, &r);
  }
  if (result < 0) {
    say("a connection is closed for what it sent", 0, result);
    c->closing = 1; /* once it was told */
  }
  return 1;
}

void connection_work(struct connection *c) {
  c->stuck = 0;
  if (c->fd >= 0 && c->greeting && !line(c)) return;
  while (c->fd >= 0 && !c->closing && c->have >= FRAME_HEADER) {
    u32 length;
    u16 type;
    memcpy(&length, c->in, 4);
    memcpy(&type, c->in + 4, 2);
    if (length > MAX_FRAME) {
      say("a frame is longer than any may be", 0, 0);
      connection_close(c);
      return;
    }
    if (c->have < FRAME_HEADER + length) return;
    if (!work(c, type, c->in + FRAME_HEADER, length)) { c->stuck = 1; return; }
    if (c->fd < 0) return;
    c->taken = 0;
    memmove(c->in, c->in + FRAME_HEADER + length, c->have - FRAME_HEADER - length);
    c->have -= FRAME_HEADER + length;
  }
}
