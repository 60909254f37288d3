/*
 * The first process of the guests that test the VMM: pokes the boot timer, loads the modules that /modules/list names, and gives way to a shell script.
 * Static, so that the time to it is the kernel's.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BOOT_TIMER 0x610

int main(int argc, char **argv) {
  if (argc > 1) { /* init MARKER: for the script */
    return iopl(3) || (outb((unsigned char) (argv[1][0] - '0'), BOOT_TIMER), 0);
  }
  if (iopl(3) == 0) {
    outb(1, BOOT_TIMER);
  }
  mkdir("/dev", 0755), mkdir("/proc", 0755), mkdir("/sys", 0755);
  mount("dev", "/dev", "devtmpfs", 0, 0);
  mount("proc", "/proc", "proc", 0, 0);
  mount("sys", "/sys", "sysfs", 0, 0);
  FILE *list = fopen("/modules/list", "r");
  char line[256];
  while (list && fgets(line, sizeof line, list)) {
    line[strcspn(line, "\n")] = 0;
    int fd = open(line, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || syscall(SYS_finit_module, fd, "", 0)) {
      perror(line);
    }
    close(fd);
  }
  outb(2, BOOT_TIMER);
  execl("/bin/busybox", "sh", "/test", (char *) 0);
  perror("/bin/busybox");
  return 1;
}
