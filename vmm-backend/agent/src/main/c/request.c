#include "agent.h"

enum { REPLY_HEAD = 8, REPLY_DATA = MAX_FRAME - REPLY_HEAD, PATH_MAX_ = 4096, RNDADDENTROPY = 0x40085203, RNDRESEEDCRNG = 0x5207, ENTROPY_MAX = 256 };

/* Who waits for a change of a process's phase. */
static struct { struct connection *connection; u32 id; char name[MAX_NAME + 1]; u8 phases, used; } waiters[WAITERS];

void request_reply(struct connection *c, u32 id, long result, const void *data, u32 length) {
  u8 head[REPLY_HEAD];
  s32 code = result < 0 ? (s32)result : 0;
  memcpy(head, &id, 4);
  memcpy(head + 4, &code, 4);
  connection_send(c, REPLY, head, sizeof head, data, length);
}

/* u32 phase, step, value, detail, s32 pid, wait status, u64 end. */
static u32 describe(const struct process *p, u8 *to) {
  u32 words[6] = {(u32)process_phase(p), p->step, p->value, p->detail, (u32)p->pid, (u32)p->status};
  memcpy(to, words, sizeof words);
  memcpy(to + sizeof words, &p->ended, 8);
  return sizeof words + 8;
}

void request_changed(struct process *p) {
  for (int i = 0; i < WAITERS; i++) {
    if (!waiters[i].used || waiters[i].phases & 1 << process_phase(p) || !same(waiters[i].name, p->name)) continue;
    u8 data[32];
    u32 length = describe(p, data);
    waiters[i].used = 0;
    request_reply(waiters[i].connection, waiters[i].id, 0, data, length);
  }
}

void request_gone(struct process *p) {
  for (int i = 0; i < WAITERS; i++) {
    if (!waiters[i].used || !same(waiters[i].name, p->name)) continue;
    waiters[i].used = 0;
    request_reply(waiters[i].connection, waiters[i].id, -ENOENT_, 0, 0);
  }
}

void request_forget(struct connection *c) {
  for (int i = 0; i < WAITERS; i++) if (waiters[i].connection == c) waiters[i].used = 0;
}

/* Until it is in none of the phases, a bit each. */
static void await(struct connection *c, u32 id, struct process *p, u8 phases) {
  if (!(phases & 1 << process_phase(p))) {
    u8 data[32];
    request_reply(c, id, 0, data, describe(p, data));
    return;
  }
  for (int i = 0; i < WAITERS; i++) {
    if (waiters[i].used) continue;
    waiters[i].used = 1, waiters[i].connection = c, waiters[i].id = id, waiters[i].phases = phases;
    memcpy(waiters[i].name, p->name, sizeof p->name);
    return;
  }
  request_reply(c, id, -EMFILE_, 0, 0);
}

static void folders_of(char *path, int itself) {
  for (char *at = path + 1; *at; at++) {
    if (*at != '/') continue;
    *at = 0;
    sys(NR_mkdirat, AT_FDCWD, path, 0755);
    *at = '/';
  }
  if (itself) sys(NR_mkdirat, AT_FDCWD, path, 0755);
}

static u8 data[REPLY_DATA];

static void list(struct connection *c, u32 id) {
  u32 at = 0;
  for (int i = 0; i < PROCESSES_MAX; i++) {
    struct process *p = &processes[i];
    u16 length = (u16)length_of(p->name);
    if (!p->used || at + 2 + length + 32 > sizeof data) continue;
    memcpy(data + at, &length, 2);
    memcpy(data + at + 2, p->name, length);
    at += 2 + length;
    at += describe(p, data + at);
  }
  request_reply(c, id, 0, data, at);
}

static u16 add_file(u32 *at, const char *folder, const char *name, u32 most) {
  char path[64];
  u64 length = length_of(folder);
  memcpy(path, "/proc/", 6);
  memcpy(path + 6, folder, length);
  memcpy(path + 6 + length, name, length_of(name) + 1);
  long n = read_file(path, data + *at + 2, most);
  u16 size = (u16)(n < 0 ? 0 : n);
  memcpy(data + *at, &size, 2);
  *at += 2 + (u32)size;
  return size;
}

/* stat, status and cmdline of every process that has a command line, from a pid on; as many as fit. */
static void list_processes(struct connection *c, u32 id, u32 from) {
  static u8 entries[32768];
  u32 at = 0;
  long folder = sys(NR_openat, AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  long n = folder;
  while (folder >= 0 && (n = sys(NR_getdents64, folder, entries, sizeof entries)) > 0) {
    for (long i = 0; i < n;) {
      u16 size;
      memcpy(&size, entries + i + 16, 2);
      const char *name = (char *)entries + i + 19;
      i += size;
      u32 pid = 0;
      for (const char *d = name; *d >= '0' && *d <= '9'; d++) pid = pid * 10 + (u32)(*d - '0');
      if (pid < 2 || pid < from || at + 4096 > sizeof data) continue;
      u32 start = at;
      memcpy(data + at, &pid, 4);
      at += 4;
      add_file(&at, name, "/stat", 1024);
      add_file(&at, name, "/status", 1536);
      if (!add_file(&at, name, "/cmdline", 1024)) at = start;
    }
  }
  sys(NR_close, folder);
  request_reply(c, id, n < 0 ? n : 0, data, at);
}

static long write_file(struct reader *r) {
  static char path[PATH_MAX_];
  u8 append = take8(r);
  u32 mode = take32(r);
  take_text(r, path, sizeof path);
  if (r->bad || path[0] != '/') return -EINVAL_;
  folders_of(path, 0);
  long fd = sys(NR_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), mode);
  if (fd < 0) return fd;
  long result = write_all((int)fd, r->at, (u64)(r->end - r->at));
  sys(NR_close, fd);
  return result;
}

static void read_back(struct connection *c, u32 id, struct reader *r) {
  static char path[PATH_MAX_];
  u64 offset = take64(r);
  take_text(r, path, sizeof path);
  if (r->bad) { request_reply(c, id, -EINVAL_, 0, 0); return; }
  long fd = sys(NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0), n = fd;
  u32 have = 0;
  if (fd >= 0) {
    if (offset) sys(NR_lseek, fd, offset, 0);
    /* Files of /proc give a page at a time. */
    while (have < sizeof data && (n = sys(NR_read, fd, data + have, sizeof data - have)) > 0) have += (u32)n;
    sys(NR_close, fd);
  }
  request_reply(c, id, n < 0 ? n : (long)have, data, n < 0 ? 0 : have);
}

static long mount_it(struct reader *r) {
  static char source[PATH_MAX_], target[PATH_MAX_], options[PATH_MAX_];
  char type[64];
  take_text(r, source, sizeof source);
  take_text(r, target, sizeof target);
  take_text(r, type, sizeof type);
  u64 flags = take64(r);
  take_text(r, options, sizeof options);
  if (r->bad || target[0] != '/') return -EINVAL_;
  folders_of(target, 1);
  return sys(NR_mount, source, target, type, flags, options);
}

/* Messages to rtnetlink, and all that it answers at once. */
static void netlink(struct connection *c, u32 id, struct reader *r) {
  long fd = sys(NR_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), n = fd;
  u32 have = 0;
  if (fd >= 0) {
    struct sockaddr_nl kernel = {AF_NETLINK, 0, 0, 0};
    n = sys(NR_sendto, fd, r->at, r->end - r->at, 0, &kernel, sizeof kernel);
    while (n >= 0 && have < sizeof data) {
      struct iovec iov = {data + have, sizeof data - have};
      struct msghdr message = {0, 0, 0, &iov, 1, 0, 0, 0, 0};
      n = sys(NR_recvmsg, fd, &message, MSG_DONTWAIT);
      if (n == -EAGAIN_) break;
      if (n > 0 && message.flags & MSG_TRUNC) n = -ENOSPC_;
      if (n > 0) have += (u32)n;
      if (n == 0) break;
    }
    sys(NR_close, fd);
  }
  request_reply(c, id, n == -EAGAIN_ ? 0 : n, data, n < 0 && n != -EAGAIN_ ? 0 : have);
}

/* After a restore: the time, and randomness that no other copy of this memory has. */
static long refresh(struct reader *r) {
  struct { s32 bits, size; u8 bytes[ENTROPY_MAX]; } pool = {0, 0, {0}};
  u64 time = take64(r);
  u16 length = take16(r);
  if (r->bad || length > ENTROPY_MAX || length > r->end - r->at) return -EINVAL_;
  struct timespec t = {(s64)(time / 1000000000u), (s64)(time % 1000000000u)};
  long result = time ? sys(NR_clock_settime, CLOCK_REALTIME, &t) : 0;
  if (result < 0 || !length) return result;
  pool.bits = length * 8, pool.size = length;
  memcpy(pool.bytes, r->at, length);
  long fd = sys(NR_openat, AT_FDCWD, "/dev/random", O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  result = sys(NR_ioctl, fd, RNDADDENTROPY, &pool);
  if (result >= 0) result = sys(NR_ioctl, fd, RNDRESEEDCRNG, 0); /* not when it would be time for it: the next number must be nobody else's */
  sys(NR_close, fd);
  return result;
}

static long resize(struct process *p, struct reader *r) {
  struct winsize size = {0, 0, 0, 0};
  size.rows = take16(r);
  size.columns = take16(r);
  if (r->bad) return -EINVAL_;
  return !p->tty || p->out < 0 ? -EINVAL_ : sys(NR_ioctl, p->out, TIOCSWINSZ, &size);
}

static long let_go(struct process *p) {
  if (p->gate < 0 || !p->waiting) return -EAGAIN_;
  p->waiting = 0;
  long n = sys(NR_write, p->gate, "g", 1);
  return n < 0 ? n : 0;
}

void request(struct connection *c, u16 type, struct reader *r) {
  char name[MAX_NAME + 1];
  u32 id = take32(r);
  long result = 0;
  if (type == SIGNAL || type == RESIZE || type == RELEASE || type == AWAIT) {
    take_text(r, name, sizeof name);
    struct process *p = r->bad ? 0 : process_find(name);
    if (!p) { request_reply(c, id, r->bad ? -EINVAL_ : -ENOENT_, 0, 0); return; }
    switch (type) {
      case SIGNAL: {
        int signal = (int)take32(r);
        int all = take8(r);
        result = r->bad ? -EINVAL_ : process_signal(p, signal, all);
        break;
      }
      case RESIZE: result = resize(p, r); break;
      case RELEASE: result = let_go(p); break;
      default: {
        u8 phases = take8(r);
        if (!r->bad) { await(c, id, p, phases); return; }
        result = -EINVAL_;
      }
    }
    request_reply(c, id, result, 0, 0);
    return;
  }
  switch (type) {
    case LIST: list(c, id); return;
    case PROCESSES: list_processes(c, id, take32(r)); return;
    case READ_FILE: read_back(c, id, r); return;
    case NETLINK: netlink(c, id, r); return;
    case WRITE_FILE: result = write_file(r); break;
    case MOUNT: result = mount_it(r); break;
    case REFRESH: result = refresh(r); break;
    case MAKE_FOLDER: {
      static char path[PATH_MAX_];
      take_text(r, path, sizeof path);
      if (r->bad || path[0] != '/') { result = -EINVAL_; break; }
      folders_of(path, 1);
      break;
    }
    case RESOLVER: result = resolver_start(); break;
    case POWER_OFF: request_reply(c, id, 0, 0, 0); connection_flush(c); power_off();
    default: result = -ENOSYS_;
  }
  request_reply(c, id, result, 0, 0);
}
