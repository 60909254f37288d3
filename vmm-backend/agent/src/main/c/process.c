#include "agent.h"

struct process processes[PROCESSES_MAX];

static void close_fd(s32 *fd) {
  if (*fd >= 0) sys(NR_close, *fd);
  *fd = -1;
}

struct process *process_find(const char *name) {
  for (int i = 0; i < PROCESSES_MAX; i++) if (processes[i].used && same(processes[i].name, name)) return &processes[i];
  return 0;
}

int process_phase(const struct process *p) {
  if (p->status_end && p->ready && !p->failed) return p->reaped ? EXITED : RUNNING;
  if (p->status_end && p->reaped) return FAILED;
  return p->waiting ? WAITING : STARTING;
}

static void release(struct process *p) {
  close_fd(&p->image);
  if (p->out == p->in) p->out = -1;
  close_fd(&p->in);
  close_fd(&p->out);
  close_fd(&p->err);
  close_fd(&p->records);
  close_fd(&p->gate);
  close_fd(&p->pty);
  request_gone(p);
  p->used = 0;
}

long process_run(struct connection *c, struct reader *r) {
  if (c->process >= 0) return -EPROTO_;
  struct process *p = 0;
  int index = 0;
  for (; index < PROCESSES_MAX && !p; index++) if (!processes[index].used) p = &processes[index];
  if (!p) return -EMFILE_;
  index--;
  memset(p, 0, sizeof *p);
  p->image = p->in = p->out = p->err = p->records = p->gate = p->pty = -1;
  u32 flags = take32(r);
  p->flags = take64(r);
  take_text(r, p->name, sizeof p->name);
  take_text(r, p->group, sizeof p->group);
  p->slots = take16(r);
  if (p->slots > MAX_DESCRIPTORS) return -E2BIG_;
  for (u16 i = 0; i < p->slots; i++) {
    p->slot[i].kind = take8(r);
    take_text(r, p->slot[i].text, sizeof p->slot[i].text);
    if (p->slot[i].kind > SLOT_PROCESS) return -EINVAL_;
  }
  if (r->bad || !p->slots || p->slot[0].kind != SLOT_STATUS) return -EINVAL_;
  if (process_find(p->name)) return -EEXIST_;
  p->main = (flags & RUN_MAIN) != 0, p->tty = (flags & RUN_TTY) != 0, p->stdin_wanted = (flags & RUN_STDIN) != 0;
  long image = sys(NR_memfd_create, "proa-plan", MFD_CLOEXEC | MFD_EXEC);
  if (image == -EINVAL_) image = sys(NR_memfd_create, "proa-plan", MFD_CLOEXEC); /* before Linux 6.3 */
  if (image < 0) return image;
  /* Above all slots: the child fills those before it executes this. */
  long high = sys(NR_fcntl, image, F_DUPFD_CLOEXEC, 3 + MAX_DESCRIPTORS);
  sys(NR_close, image);
  if (high < 0) return high;
  p->image = (s32)high;
  p->used = 1;
  p->connection = (s32)(c - connections);
  p->out_end = p->err_end = 1; /* until there is something to read */
  c->process = index;
  return 0;
}

long process_image(struct connection *c, const u8 *bytes, u32 length) {
  if (c->process < 0 || processes[c->process].pid || processes[c->process].image < 0) return -EPROTO_;
  struct process *p = &processes[c->process];
  if (p->image_size + length > MAX_IMAGE) return -E2BIG_;
  p->image_size += length;
  return write_all(p->image, bytes, length);
}

/* A pipe or a pair of sockets; the agent's end does not block and goes to *mine, the other is returned. */
static long ends(s32 *mine, int writes, int pair) {
  s32 fds[2];
  long result = pair ? sys(NR_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) : sys(NR_pipe2, fds, O_CLOEXEC);
  if (result < 0) return result;
  *mine = writes ? fds[1] : fds[0];
  sys(NR_fcntl, *mine, F_SETFL, O_NONBLOCK | (pair ? O_RDWR : writes ? O_WRONLY : O_RDONLY));
  return writes ? fds[0] : fds[1];
}

static long open_null(int flags) { return sys(NR_openat, AT_FDCWD, "/dev/null", flags | O_CLOEXEC, 0); }

/* What a slot gets: the end that goes to the plan. */
static long source(struct process *p, int kind, const char *text) {
  switch (kind) {
    case SLOT_STATUS: return p->records >= 0 ? -EINVAL_ : ends(&p->records, 0, 0);
    case SLOT_GATE: return p->gate >= 0 ? -EINVAL_ : ends(&p->gate, 1, 0);
    case SLOT_STDIN: return p->tty || !p->stdin_wanted || p->in >= 0 ? open_null(O_RDONLY) : ends(&p->in, 1, 0);
    case SLOT_STDOUT: return p->tty || p->out >= 0 ? open_null(O_WRONLY) : (p->out_end = 0, ends(&p->out, 0, 0));
    case SLOT_STDERR: return p->tty || p->err >= 0 ? open_null(O_WRONLY) : (p->err_end = 0, ends(&p->err, 0, 0));
    case SLOT_PTY: return p->pty >= 0 ? -EINVAL_ : ends(&p->pty, 0, 1);
    case SLOT_PATH: return sys(NR_openat, AT_FDCWD, text, O_RDONLY | O_CLOEXEC, 0);
    default: {
      struct process *other = process_find(text);
      return !other || other->reaped || other->pid <= 0 ? -ESRCH_ : sys(NR_pidfd_open, other->pid, 0);
    }
  }
}

static void fail(int fd, long error) {
  u32 record[4] = {2, 0xffff, (u32)-error, 0};
  sys(NR_write, fd, record, sizeof record);
}

/* In the child, which shares nothing with the agent but open descriptors. */
static _Noreturn void become(struct process *p, const s32 *sources) {
  long error = 0;
  if (p->group[0]) {
    char path[GROUP_MAX + 16];
    u64 length = length_of(p->group);
    memcpy(path, p->group, length);
    memcpy(path + length, "/cgroup.procs", 14);
    long entrance = sys(NR_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
    error = entrance < 0 ? entrance : sys(NR_write, entrance, "0", 1);
  }
  for (int i = 0; i < p->slots && error >= 0; i++) error = sys(NR_dup3, sources[i], 3 + i, 0);
  char *argv[] = {p->name, 0}, *envp[] = {0};
  if (error >= 0) error = sys(NR_execveat, p->image, "", argv, envp, AT_EMPTY_PATH);
  fail(sources[0], error);
  leave(125);
}

long process_go(struct connection *c) {
  if (c->process < 0 || processes[c->process].pid || processes[c->process].image < 0) return -EPROTO_;
  struct process *p = &processes[c->process];
  s32 sources[MAX_DESCRIPTORS];
  long error = 0;
  int made = 0;
  for (; made < p->slots; made++) {
    long fd = source(p, p->slot[made].kind, p->slot[made].text);
    if (fd < 0) { error = fd; break; }
    /* Above all slots, so that filling one never overwrites the source of another. */
    long high = sys(NR_fcntl, fd, F_DUPFD_CLOEXEC, 3 + MAX_DESCRIPTORS);
    sys(NR_close, fd);
    if (high < 0) { error = high; break; }
    sources[made] = (s32)high;
  }
  if (error >= 0) {
    p->oom_kills = process_oom_kills(p);
    long pid = sys(NR_clone, p->flags | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) become(p, sources);
    error = pid;
    p->pid = (s32)pid;
  }
  if (error < 0) {
    /* As if the plan had failed before its first step. */
    p->failed = p->status_end = p->reaped = 1, p->step = 0xffff, p->value = (u32)-error, p->status = 125 << 8, p->pid = -1;
    p->ended = now(CLOCK_REALTIME);
    request_changed(p);
  }
  for (int i = 0; i < made; i++) sys(NR_close, sources[i]);
  close_fd(&p->image);
  return 0;
}

void process_records(struct process *p) {
  u32 record[4];
  while (p->records >= 0) {
    long n = sys(NR_read, p->records, record, sizeof record);
    if (n == -EINTR_) continue;
    if (n == -EAGAIN_) return;
    if (n != sizeof record) {
      close_fd(&p->records);
      p->status_end = 1;
      request_changed(p);
      return;
    }
    switch (record[0]) {
      case 1: p->ready = 1; break;
      case 2: if (!p->failed) p->failed = 1, p->step = record[1], p->value = record[2], p->detail = record[3]; break;
      case 3: p->pid = (s32)record[2]; break;
      case 4: p->waiting = 1, p->step = record[1]; break;
      default: break;
    }
    if (p->connection >= 0) connection_send(&connections[p->connection], STATUS, record, sizeof record, 0, 0);
    request_changed(p);
  }
}

void process_terminal(struct process *p) {
  u8 byte;
  struct { u64 length; s32 level, type; s32 fd, pad; } control = {0, 0, 0, -1, 0};
  struct iovec iov = {&byte, 1};
  struct msghdr message = {0, 0, 0, &iov, 1, &control, sizeof control, 0, 0};
  long n = sys(NR_recvmsg, p->pty, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n == -EAGAIN_ || n == -EINTR_) return;
  close_fd(&p->pty);
  if (n > 0 && control.level == SOL_SOCKET && control.type == SCM_RIGHTS && control.fd >= 0) {
    sys(NR_fcntl, control.fd, F_SETFL, O_NONBLOCK | O_RDWR);
    p->in = p->out = control.fd;
    p->out_end = 0;
  }
}

void process_pump(struct process *p, s32 *fd, u8 *end, u16 type) {
  static u8 chunk[STREAM_CHUNK];
  while (!*end) {
    struct connection *c = p->connection >= 0 ? &connections[p->connection] : 0;
    if (c && connection_room(c) < FRAME_HEADER + STREAM_CHUNK) return;
    long n = sys(NR_read, *fd, chunk, sizeof chunk);
    if (n == -EINTR_) continue;
    if (n == -EAGAIN_) return;
    if (n <= 0) { /* a terminal whose last user has left says EIO */
      *end = 1;
      if (!p->tty) close_fd(fd);
      return;
    }
    if (c) connection_send(c, type, chunk, (u32)n, 0, 0);
  }
}

long process_stdin(struct process *p, const u8 *bytes, u32 length) {
  if (p->in < 0) return p->tty && p->pty >= 0 ? -EAGAIN_ : (long)length; /* nobody reads it, or the terminal is still to come */
  long n = sys(NR_write, p->in, bytes, length);
  if (n == -EINTR_ || n == -EAGAIN_) return -EAGAIN_;
  return n < 0 ? (long)length : n;
}

void process_stdin_end(struct process *p) {
  if (!p->tty) close_fd(&p->in);
}

u64 process_oom_kills(const struct process *p) {
  if (!p->group[0]) return 0;
  char path[GROUP_MAX + 16], text[512];
  u64 length = length_of(p->group), kills = 0;
  memcpy(path, p->group, length);
  memcpy(path + length, "/memory.events", 15);
  long n = read_file(path, text, sizeof text - 1);
  for (long i = 0; i < n; i++) {
    text[n] = 0;
    if ((i == 0 || text[i - 1] == '\n') && starts(text + i, "oom_kill ")) for (char *d = text + i + 9; *d >= '0' && *d <= '9'; d++) kills = kills * 10 + (u64)(*d - '0');
  }
  return kills;
}

void process_reap(void) {
  for (;;) {
    s32 status = 0;
    long pid = sys(NR_wait4, -1, &status, WNOHANG | WALL, 0);
    if (pid <= 0) return;
    /* What it wrote about itself comes first: it may say that another process is the one that counts. */
    for (int i = 0; i < PROCESSES_MAX; i++) if (processes[i].used) process_records(&processes[i]);
    for (int i = 0; i < PROCESSES_MAX; i++) {
      struct process *p = &processes[i];
      if (!p->used || p->reaped || p->pid != (s32)pid) continue;
      p->reaped = 1, p->status = status, p->ended = now(CLOCK_REALTIME);
      request_changed(p);
    }
  }
}

void process_settle(struct process *p) {
  if (!p->used || !p->reaped || !p->status_end) return;
  process_pump(p, &p->out, &p->out_end, STDOUT);
  process_pump(p, &p->err, &p->err_end, STDERR);
  struct connection *c = p->connection >= 0 ? &connections[p->connection] : 0;
  if (c && !p->told) {
    /* What the pipes held when it ended is read by now unless there was no room for it. */
    if (connection_room(c) < FRAME_HEADER + STREAM_CHUNK) return;
    u8 payload[EXIT_SIZE];
    u32 kills = (u32)(process_oom_kills(p) - p->oom_kills);
    memcpy(payload, &p->status, 4);
    memcpy(payload + 4, &kills, 4);
    memcpy(payload + 8, &p->ended, 8);
    connection_send(c, EXIT, payload, sizeof payload, 0, 0);
    p->told = 1;
  }
  if (!c && ((p->out_end && p->err_end) || p->tty)) release(p); /* children of its own may write on; into nothing, but not into a broken pipe */
}

/* Nobody hears of it any more. */
void process_abandon(struct process *p) {
  int ended = p->reaped;
  p->connection = -1;
  if (p->main) power_off();
  if (!ended && p->pid > 0) sys(NR_kill, p->pid, SIGKILL);
  if (!p->pid || ended) {
    if (!p->pid) release(p);
    else process_settle(p);
  }
}

long process_signal(struct process *p, int signal, int all) {
  if (p->pid <= 0 || p->reaped) return -ESRCH_;
  return sys(NR_kill, all ? -1 : p->pid, signal); /* everything in this guest but its first process, which this is, and the kernel's */
}
