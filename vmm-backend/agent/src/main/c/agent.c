/*
 * The guest's first process: brings the guest up, then serves connections of the host until the container's first process has ended, and powers off.
 * Run with the path of a socket it serves that instead of vsock and touches nothing of the machine, which is how it is tested.
 */
#include "agent.h"

enum { LINUX_REBOOT_MAGIC1 = (int)0xfee1dead, LINUX_REBOOT_MAGIC2 = 672274793, LINUX_REBOOT_CMD_POWER_OFF = 0x4321fedc, FILES = 1 << 20, BACKLOG = 64 };
#define VMADDR_CID_ANY 0xffffffffu

static int machine; /* whether this is a machine of its own */

_Noreturn void power_off(void) {
  for (int i = 0; i < PROCESSES_MAX; i++) if (processes[i].used && processes[i].pid > 0 && !processes[i].reaped) sys(NR_kill, processes[i].pid, SIGKILL);
  if (machine) {
    sys(NR_sync);
    sys(NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, 0);
    say("the machine does not power off", 0, 0);
  }
  leave(0);
}

static void mount_or_say(const char *source, const char *target, const char *type, u64 flags, const char *options) {
  sys(NR_mkdirat, AT_FDCWD, target, 0755);
  long result = sys(NR_mount, source, target, type, flags, options);
  if (result < 0) say("cannot mount", target, result);
}

/* The modules in /modules/order, a name a line, each after what it needs. */
static void load_modules(void) {
  static char names[16384];
  long n = read_file("/modules/order", names, sizeof names - 1);
  if (n < 0) return; /* all is built into this kernel */
  names[n] = 0;
  for (char *name = names; *name;) {
    char *end = name;
    while (*end && *end != '\n') end++;
    int last = !*end;
    *end = 0;
    char path[128] = "/modules/";
    u64 length = length_of(name);
    if (length && length < sizeof path - 10) {
      memcpy(path + 9, name, length + 1);
      long fd = sys(NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
      long result = fd < 0 ? fd : sys(NR_finit_module, fd, "", 0);
      if (fd >= 0) sys(NR_close, fd);
      if (result < 0 && result != -EEXIST_) say("cannot load module", name, result);
    }
    name = last ? end : end + 1;
  }
}

/* Value of name= on the kernel's command line into to; whether it is there. */
static int option(const char *name, char *to, u64 size) {
  static char line[4096];
  long n = read_file("/proc/cmdline", line, sizeof line - 1);
  if (n < 0) return 0;
  line[n] = 0;
  for (char *at = line; *at; at++) {
    if ((at == line || at[-1] == ' ') && starts(at, name) && at[length_of(name)] == '=') {
      u64 length = 0;
      for (at += length_of(name) + 1; *at && *at != ' ' && *at != '\n' && length < size - 1; at++) to[length++] = *at;
      to[length] = 0;
      return 1;
    }
  }
  return 0;
}

/* Tells the VMM by one write to an I/O port that the agent listens: proa.marker=PORT. */
static void mark(void) {
#if defined(__x86_64__)
  char text[16];
  if (!option("proa.marker", text, sizeof text)) return;
  u32 port = 0;
  for (char *d = text; *d >= '0' && *d <= '9'; d++) port = port * 10 + (u32)(*d - '0');
  if (!port || port > 0xffff || sys(NR_iopl, 3) < 0) return;
  __asm__ volatile("outb %0, %1" : : "a"((u8)123), "Nd"((u16)port));
#endif
}

/*
 * The initramfs itself cannot be the root that pivot_root(2) leaves, and containers leave theirs by that; so a file system takes its place. The mount
 * is moved over the root of the mount namespace, and not only this process goes there: what joins a container's namespace later is put at that root.
 */
static void leave_initramfs(void) {
  static const char *folders[] = {"/root/proc", "/root/sys", "/root/dev", "/root/run", "/root/share", "/root/tmp"};
  mount_or_say("root", "/root", "tmpfs", 0, "mode=0755,size=16m");
  for (u64 i = 0; i < sizeof folders / sizeof *folders; i++) sys(NR_mkdirat, AT_FDCWD, folders[i], 0755);
  long result = sys(NR_chdir, "/root");
  if (result >= 0) result = sys(NR_mount, ".", "/", 0, MS_MOVE, 0);
  if (result >= 0) result = sys(NR_chroot, ".");
  if (result >= 0) result = sys(NR_chdir, "/");
  if (result < 0) say("cannot leave the initramfs", 0, result);
}

static void start_machine(void) {
  load_modules(); /* they are in the initramfs */
  leave_initramfs();
  mount_or_say("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
  mount_or_say("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
  mount_or_say("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755");
  mount_or_say("run", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
  mount_or_say("cgroup2", "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, "nsdelegate");
  static const char *controllers[] = {"+cpu", "+memory", "+pids", "+io", "+cpuset"};
  long file = sys(NR_openat, AT_FDCWD, "/sys/fs/cgroup/cgroup.subtree_control", O_WRONLY | O_CLOEXEC, 0);
  for (u64 i = 0; i < sizeof controllers / sizeof *controllers; i++) sys(NR_write, file, controllers[i], length_of(controllers[i]));
  sys(NR_close, file);
  struct rlimit files = {FILES, FILES};
  sys(NR_prlimit64, 0, RLIMIT_NOFILE, &files, 0);
}

static long listen_at(const char *path) {
  long fd, result;
  if (path) {
    struct sockaddr_un address = {AF_UNIX, {0}};
    u64 length = length_of(path);
    if (length >= sizeof address.path) return -E2BIG_;
    memcpy(address.path, path, length);
    fd = sys(NR_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    result = fd < 0 ? fd : sys(NR_bind, fd, &address, 2 + length + 1);
  } else {
    struct sockaddr_vm address = {AF_VSOCK, 0, AGENT_PORT, VMADDR_CID_ANY, 0};
    fd = sys(NR_socket, AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    result = fd < 0 ? fd : sys(NR_bind, fd, &address, sizeof address);
  }
  if (result >= 0) result = sys(NR_listen, fd, BACKLOG);
  return result < 0 ? result : fd;
}

enum { FROM_LISTENER, FROM_SIGNALS, FROM_CONNECTION, FROM_RECORDS, FROM_PTY, FROM_OUT, FROM_ERR, FROM_IN };
static struct pollfd polled[2 + CONNECTIONS + 5 * PROCESSES_MAX];
static struct { u8 kind; u16 index; } origin[sizeof polled / sizeof *polled];
static u64 count;

static void want(s32 fd, u16 events, u8 kind, int index) {
  if (fd < 0 || !events) return;
  polled[count].fd = fd, polled[count].events = events, polled[count].revents = 0;
  origin[count].kind = kind, origin[count].index = (u16)index;
  count++;
}

static void want_all(s32 listener, s32 signals) {
  count = 0;
  int room = 0;
  for (int i = 0; i < CONNECTIONS; i++) {
    struct connection *c = &connections[i];
    if (c->fd < 0) { room = 1; continue; }
    u16 events = (u16)((c->have < sizeof c->in && !c->stuck ? POLLIN : 0) | (c->from < c->to ? POLLOUT : 0));
    /* Also one that waits is watched: an error or a hang-up is told without being asked for. */
    polled[count].fd = c->fd, polled[count].events = events, polled[count].revents = 0;
    origin[count].kind = FROM_CONNECTION, origin[count].index = (u16)i;
    count++;
  }
  if (room) want(listener, POLLIN, FROM_LISTENER, 0);
  want(signals, POLLIN, FROM_SIGNALS, 0);
  for (int i = 0; i < PROCESSES_MAX; i++) {
    struct process *p = &processes[i];
    if (!p->used) continue;
    struct connection *c = p->connection >= 0 ? &connections[p->connection] : 0;
    int space = !c || connection_room(c) >= FRAME_HEADER + STREAM_CHUNK;
    want(p->records, POLLIN, FROM_RECORDS, i);
    want(p->pty, POLLIN, FROM_PTY, i);
    if (space && !p->out_end) want(p->out, POLLIN, FROM_OUT, i);
    if (space && !p->err_end) want(p->err, POLLIN, FROM_ERR, i);
    if (c && c->stuck) want(p->in, POLLOUT, FROM_IN, i);
  }
}

static void handle(s32 listener, s32 signals, int at) {
  u16 index = origin[at].index;
  u16 events = polled[at].revents;
  struct process *p = &processes[index];
  switch (origin[at].kind) {
    case FROM_LISTENER: {
      long fd = sys(NR_accept4, listener, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd >= 0) connection_open((int)fd, !machine);
      break;
    }
    case FROM_SIGNALS: {
      u8 info[128 * 8];
      sys(NR_read, signals, info, sizeof info);
      process_reap();
      break;
    }
    case FROM_CONNECTION: {
      struct connection *c = &connections[index];
      if (c->fd != polled[at].fd) break;
      if (events & (POLLIN | POLLHUP | POLLERR)) {
        if (c->have < sizeof c->in && !c->stuck) connection_read(c);
        else if (events & (POLLHUP | POLLERR)) connection_close(c); /* it would be told again and again */
      }
      break;
    }
    case FROM_RECORDS: if (p->records == polled[at].fd) process_records(p); break;
    case FROM_PTY: if (p->pty == polled[at].fd) process_terminal(p); break;
    case FROM_OUT: if (p->out == polled[at].fd) process_pump(p, &p->out, &p->out_end, STDOUT); break;
    case FROM_ERR: if (p->err == polled[at].fd) process_pump(p, &p->err, &p->err_end, STDERR); break;
    default: break; /* FROM_IN: the connections are worked on below */
  }
}

int agent_main(int argc, char **argv, char **envp) {
  (void)envp;
  const char *path = argc > 2 && same(argv[1], "agent") ? argv[2] : 0;
  machine = !path;
  if (machine) start_machine();
  for (int i = 0; i < CONNECTIONS; i++) connections[i].fd = connections[i].process = -1;
  u64 mask = 1ull << (SIGCHLD - 1) | 1ull << (SIGPIPE - 1);
  sys(NR_rt_sigprocmask, SIG_BLOCK, &mask, 0, 8);
  mask = 1ull << (SIGCHLD - 1);
  long signals = sys(NR_signalfd4, -1, &mask, 8, O_CLOEXEC | O_NONBLOCK);
  long listener = listen_at(path);
  if (signals < 0 || listener < 0) {
    say("cannot listen", path ? path : "vsock port 1024", listener < 0 ? listener : signals);
    power_off();
  }
  say("ready", 0, 0);
  if (machine) mark();
  for (;;) {
    want_all((s32)listener, (s32)signals);
    long n = sys(NR_ppoll, polled, count, 0, 0, 0);
    if (n < 0 && n != -EINTR_) say("poll", 0, n);
    if (n < 0) continue;
    for (u64 i = 0; i < count; i++) if (polled[i].revents) handle((s32)listener, (s32)signals, (int)i);
    for (int i = 0; i < CONNECTIONS; i++) if (connections[i].fd >= 0) connection_work(&connections[i]);
    for (int i = 0; i < PROCESSES_MAX; i++) if (processes[i].used) process_settle(&processes[i]);
    for (int i = 0; i < CONNECTIONS; i++) if (connections[i].fd >= 0) connection_flush(&connections[i]);
  }
}
