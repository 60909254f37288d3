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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#define BOOT_TIMER 0x610

/* Connects to port 1024 of the host and says hello; then accepts one connection to port 52 and gives back what comes until its end. */
static int vsock(void) {
  struct sockaddr_vm host = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HOST, .svm_port = 1024};
  struct sockaddr_vm here = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = 52};
  static char buffer[65536];
  int listener = socket(AF_VSOCK, SOCK_STREAM, 0), out = socket(AF_VSOCK, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *) &here, sizeof here) || listen(listener, 1)) {
    return perror("listen"), 1;
  }
  if (connect(out, (struct sockaddr *) &host, sizeof host) || write(out, "hello\n", 6) != 6 || close(out)) {
    return perror("connect"), 2;
  }
  int in = accept(listener, 0, 0);
  long n;
  while ((n = read(in, buffer, sizeof buffer)) > 0) {
    for (long done = 0, m; done < n; done += m) {
      if ((m = write(in, buffer + done, n - done)) < 0) {
        return perror("write"), 3;
      }
    }
  }
  return close(in) || n ? 4 : 0;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "vsock") == 0) {
    return vsock();
  }
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
