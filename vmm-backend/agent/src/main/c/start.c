/* The entry point, and which of the three programs this is: the guest's first process, the host's end of one process's streams, or a small init. */
#include "sys.h"

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call begin\n  hlt\n");
#else
__asm__(".globl _start\n_start:\n  mov x29, #0\n  mov x0, sp\n  bl begin\n  brk #0\n");
#endif

static const char *base_of(const char *path) {
  const char *base = path;
  for (; *path; path++) if (*path == '/') base = path + 1;
  return base;
}

__attribute__((used)) _Noreturn void begin(long *stack) {
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1);
  char **envp = argv + argc + 1;
  const char *name = argc > 0 ? base_of(argv[0]) : "";
  if (same(name, "docker-init") || same(name, "tini")) leave(init_main(argv + 1, envp));
  if (argc > 1 && same(argv[1], "init")) leave(init_main(argv + 2, envp));
  if (argc > 1 && same(argv[1], "relay")) leave(relay_main(argc, argv));
  if ((argc > 1 && same(argv[1], "agent")) || (same(name, "init") && sys(NR_getpid) == 1)) leave(agent_main(argc, argv, envp));
  say("usage: proa-agent agent [SOCKET] | relay [stdin] | init [--] COMMAND [ARG ...]", 0, 0);
  leave(2);
}
