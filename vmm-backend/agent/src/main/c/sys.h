/*
 * Linux without a libc: types, the few system calls that the agent makes, and the constants it needs, spelt as in the kernel's headers.
 * Numbers: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h.
 */
#ifndef PROA_SYS_H
#define PROA_SYS_H

#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#if defined(__x86_64__)
enum {
  NR_read = 0, NR_write = 1, NR_close = 3, NR_lseek = 8, NR_ioctl = 16, NR_socket = 41, NR_connect = 42, NR_sendto = 44, NR_recvmsg = 47, NR_shutdown = 48,
  NR_bind = 49, NR_listen = 50, NR_socketpair = 53, NR_setsockopt = 54, NR_clone = 56, NR_execve = 59, NR_wait4 = 61, NR_kill = 62, NR_fcntl = 72,
  NR_chdir = 80, NR_chroot = 161, NR_rt_sigaction = 13, NR_rt_sigprocmask = 14, NR_getpid = 39, NR_setpgid = 109, NR_getpgid = 121, NR_setsid = 112, NR_mount = 165, NR_umount2 = 166, NR_sync = 162,
  NR_reboot = 169, NR_clock_settime = 227, NR_clock_gettime = 228, NR_exit_group = 231, NR_openat = 257, NR_mkdirat = 258, NR_unlinkat = 263, NR_ppoll = 271,
  NR_accept4 = 288, NR_signalfd4 = 289, NR_dup3 = 292, NR_pipe2 = 293, NR_prlimit64 = 302, NR_finit_module = 313, NR_memfd_create = 319,
  NR_execveat = 322, NR_pidfd_open = 434, NR_close_range = 436, NR_getdents64 = 217, NR_readlinkat = 267, NR_iopl = 172, NR_statfs = 137, NR_prctl = 157, NR_getppid = 110,
  NR_rt_sigtimedwait = 128,
};
#define O_DIRECTORY 0200000
#elif defined(__aarch64__)
enum {
  NR_fcntl = 25, NR_dup3 = 24, NR_ioctl = 29, NR_mkdirat = 34, NR_unlinkat = 35, NR_umount2 = 39, NR_mount = 40, NR_statfs = 43, NR_chdir = 49, NR_chroot = 51, NR_openat = 56,
  NR_close = 57, NR_pipe2 = 59, NR_getdents64 = 61, NR_lseek = 62, NR_read = 63, NR_write = 64, NR_ppoll = 73, NR_signalfd4 = 74, NR_readlinkat = 78,
  NR_sync = 81, NR_exit_group = 94, NR_clock_settime = 112, NR_clock_gettime = 113, NR_kill = 129, NR_rt_sigaction = 134, NR_rt_sigprocmask = 135,
  NR_rt_sigtimedwait = 137, NR_reboot = 142, NR_setpgid = 154, NR_getpgid = 155, NR_setsid = 157, NR_prctl = 167, NR_getpid = 172, NR_getppid = 173, NR_socket = 198,
  NR_socketpair = 199, NR_bind = 200, NR_listen = 201, NR_connect = 203, NR_sendto = 206, NR_setsockopt = 208, NR_shutdown = 210, NR_recvmsg = 212, NR_clone = 220,
  NR_execve = 221, NR_accept4 = 242, NR_wait4 = 260, NR_prlimit64 = 261, NR_finit_module = 273, NR_memfd_create = 279, NR_execveat = 281,
  NR_pidfd_open = 434, NR_close_range = 436,
};
#define O_DIRECTORY 040000
#else
#error "no such architecture"
#endif

static inline long sys6(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#endif
}

#define SYS_(n, a, b, c, d, e, f, ...) sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* A system call with up to six arguments; failures are negative errnos. */
#define sys(...) SYS_(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

enum { EINTR_ = 4, EIO_ = 5, ENOENT_ = 2, ESRCH_ = 3, E2BIG_ = 7, EAGAIN_ = 11, EACCES_ = 13, EEXIST_ = 17, ENOTDIR_ = 20, EINVAL_ = 22, EMFILE_ = 24, ENOSPC_ = 28,
       ENOSYS_ = 38, EPROTO_ = 71 };

enum { AT_FDCWD = -100, AT_EMPTY_PATH = 0x1000, O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_NOCTTY = 0400, O_TRUNC = 01000, O_APPEND = 02000,
       O_NONBLOCK = 04000, O_CLOEXEC = 02000000, F_SETFL = 4, F_DUPFD_CLOEXEC = 1030 };
enum { POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 16 };
enum { SIGINT = 2, SIGHUP = 1, SIGKILL = 9, SIGPIPE = 13, SIGTERM = 15, SIGCHLD = 17, SIGTTIN = 21, SIGTTOU = 22, SIG_BLOCK = 0, SIG_SETMASK = 2, WNOHANG = 1,
       WALL = 0x40000000 };
enum { AF_UNIX = 1, AF_NETLINK = 16, AF_VSOCK = 40, SOCK_STREAM = 1, SOCK_RAW = 3, SOCK_SEQPACKET = 5, SOCK_CLOEXEC = 02000000, SOCK_NONBLOCK = 04000,
       SOL_SOCKET = 1, SCM_RIGHTS = 1, MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000, MSG_TRUNC = 0x20, MSG_CMSG_CLOEXEC = 0x40000000, SO_RCVTIMEO = 20 };
enum { CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1, MFD_CLOEXEC = 1, MFD_EXEC = 0x10, RLIMIT_NOFILE = 7, PR_SET_PDEATHSIG = 1, PR_SET_NAME = 15, PR_SET_CHILD_SUBREAPER = 36 };
enum { TIOCSWINSZ = 0x5414, TIOCSCTTY = 0x540e, TIOCSPGRP = 0x5410, TIOCGPGRP = 0x540f };
enum { MS_RDONLY = 1, MS_NOSUID = 2, MS_NODEV = 4, MS_NOEXEC = 8, MS_MOVE = 0x2000, MS_REC = 0x4000, MS_PRIVATE = 1 << 18 };

struct pollfd { s32 fd; u16 events, revents; };
struct timespec { s64 sec, nsec; };
struct iovec { void *base; u64 len; };
struct msghdr { void *name; u32 namelen, pad0; struct iovec *iov; u64 iovlen; void *control; u64 controllen; u32 flags, pad1; };
struct sockaddr_un { u16 family; char path[108]; };
struct sockaddr_vm { u16 family, reserved; u32 port, cid, zero; };
struct sockaddr_nl { u16 family, pad; u32 pid, groups; };
struct rlimit { u64 soft, hard; };
struct winsize { u16 rows, columns, x, y; };

static inline u64 length_of(const char *text) {
  u64 n = 0;
  while (text[n]) n++;
  return n;
}

static inline int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static inline int starts(const char *text, const char *prefix) {
  while (*prefix) if (*text++ != *prefix++) return 0;
  return 1;
}

static inline u64 now(int clock) {
  struct timespec t = {0, 0};
  sys(NR_clock_gettime, clock, &t);
  return (u64)t.sec * 1000000000u + (u64)t.nsec;
}

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);

/* util.c */
/* One line on standard error: prefix, text, detail (may be null), and errno n if it is not 0. */
void say(const char *text, const char *detail, long n);
/* Decimal digits into text (21 bytes); its length. */
u64 decimal(char *text, s64 value);
/* The whole file, at most size bytes; −errno. */
long read_file(const char *path, void *to, u64 size);
/* Writes all of it; −errno. */
long write_all(int fd, const void *from, u64 size);
_Noreturn void leave(int code);

int agent_main(int argc, char **argv, char **envp);
int relay_main(int argc, char **argv);
int init_main(char **argv, char **envp);

#endif
