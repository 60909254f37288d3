#include "sys.h"

void *memcpy(void *to, const void *from, size_t n) {
  u8 *t = to;
  const u8 *f = from;
  while (n--) *t++ = *f++;
  return to;
}

void *memmove(void *to, const void *from, size_t n) {
  u8 *t = to;
  const u8 *f = from;
  if (t < f) return memcpy(to, from, n);
  while (n--) t[n] = f[n];
  return to;
}

void *memset(void *to, int value, size_t n) {
  u8 *t = to;
  while (n--) *t++ = (u8)value;
  return to;
}

_Noreturn void leave(int code) {
  for (;;) sys(NR_exit_group, code);
}

u64 decimal(char *text, s64 value) {
  char digits[21];
  u64 n = 0, length = 0, rest = value < 0 ? (u64)-value : (u64)value;
  do digits[n++] = (char)('0' + rest % 10); while (rest /= 10);
  if (value < 0) text[length++] = '-';
  while (n) text[length++] = digits[--n];
  return length;
}

long write_all(int fd, const void *from, u64 size) {
  const u8 *at = from;
  while (size) {
    long n = sys(NR_write, fd, at, size);
    if (n == -EINTR_) continue;
    if (n < 0) return n;
    at += n, size -= (u64)n;
  }
  return 0;
}

void say(const char *text, const char *detail, long n) {
  char line[512];
  u64 at = 0;
  const char *parts[] = {"proa-agent: ", text, detail ? ": " : "", detail ? detail : ""};
  for (u64 i = 0; i < 4; i++) for (const char *p = parts[i]; *p && at < 450; p++) line[at++] = *p;
  if (n) {
    for (const char *p = ": errno "; *p; p++) line[at++] = *p;
    at += decimal(line + at, n < 0 ? -n : n);
  }
  line[at++] = '\n';
  write_all(2, line, at);
}

long read_file(const char *path, void *to, u64 size) {
  long fd = sys(NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  u64 length = 0;
  while (length < size) {
    long n = sys(NR_read, fd, (u8 *)to + length, size - length);
    if (n == -EINTR_) continue;
    if (n < 0) {
      sys(NR_close, fd);
      return n;
    }
    if (n == 0) break;
    length += (u64)n;
  }
  sys(NR_close, fd);
  return (long)length;
}
