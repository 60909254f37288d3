/*
 * A small init for containers (docker run --init): starts the command as a process group of its own, hands on every signal, reaps whatever ends, and
 * ends as the command ended. Options and codes of tini, whose place it takes.
 */
#include "sys.h"

enum { SA_SIZE = 8, SIG_IGN_ = 1 };

static u64 every(void) { return ~0ull; }

/* execvp(3): along PATH of the environment; 127 for what is not there, 126 for what cannot be executed. */
static int execute(char **argv, char **envp) {
  const char *path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (char **e = envp; *e; e++) if (starts(*e, "PATH=")) path = *e + 5;
  int slash = 0;
  for (const char *p = argv[0]; *p; p++) slash |= *p == '/';
  long worst = -ENOENT_;
  if (slash) {
    worst = sys(NR_execve, argv[0], argv, envp);
  } else {
    while (*argv[0]) {
      char candidate[4096];
      u64 n = 0;
      while (*path && *path != ':' && n < 4000) candidate[n++] = *path++;
      if (n) candidate[n++] = '/';
      for (const char *p = argv[0]; *p && n < 4095; p++) candidate[n++] = *p;
      candidate[n] = 0;
      long failed = sys(NR_execve, candidate, argv, envp);
      if (failed != -ENOENT_ && failed != -ENOTDIR_) worst = failed;
      if (!*path++) break;
    }
  }
  say("cannot execute", argv[0], worst);
  return worst == -ENOENT_ || worst == -ENOTDIR_ ? 127 : 126;
}

int init_main(char **argv, char **envp) {
  int group = 0;
  for (; *argv && **argv == '-'; argv++) {
    if (same(*argv, "--")) { argv++; break; }
    if (same(*argv, "--version")) { write_all(1, "proa-init version 1\n", 20); return 0; }
    if (same(*argv, "-g")) group = 1;
    else if (same(*argv, "-s")) sys(NR_prctl, PR_SET_CHILD_SUBREAPER, 1);
    else { say("init: unknown option", *argv, 0); return 1; }
  }
  if (!*argv) { say("init: no command", 0, 0); return 1; }
  u64 all = every(), before = 0;
  sys(NR_rt_sigprocmask, SIG_SETMASK, &all, &before, SA_SIZE);
  long child = sys(NR_clone, SIGCHLD, 0, 0, 0, 0);
  if (child < 0) { say("init: cannot fork", 0, child); return 1; }
  if (child == 0) {
    sys(NR_setpgid, 0, 0);
    /* A process of the background may not take the terminal without SIGTTOU, which is still blocked here. */
    s32 self = (s32)sys(NR_getpid);
    sys(NR_ioctl, 0, TIOCSPGRP, &self);
    sys(NR_rt_sigprocmask, SIG_SETMASK, &before, 0, SA_SIZE);
    leave(execute(argv, envp));
  }
  int code = -1;
  for (;;) {
    s32 status = 0;
    long ended;
    while ((ended = sys(NR_wait4, -1, &status, WNOHANG, 0)) > 0) {
      if (ended == child) code = status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
    }
    if (code >= 0) return code;
    u32 info[32];
    long signal = sys(NR_rt_sigtimedwait, &all, info, 0, SA_SIZE);
    if (signal > 0 && signal != SIGCHLD && signal != SIGTTIN && signal != SIGTTOU) sys(NR_kill, group ? -child : child, signal);
  }
}
