package dev.proa.lifecycle.confinement;

import dev.proa.lifecycle.confinement.SeccompProfile.Condition;
import dev.proa.lifecycle.confinement.SeccompProfile.Rule;
import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The system calls a container may make when nobody says otherwise: Docker's default profile as a table. Everything that is not listed
 * fails with EPERM. A name that an architecture does not have is skipped for it.
 */
final class DefaultSeccompProfile {
  private static final String ALLOW = "SCMP_ACT_ALLOW";
  private static final String ERRNO = "SCMP_ACT_ERRNO";
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;

  /** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET of linux/sched.h. */
  private static final long CLONE_NEW_NAMESPACES = 0x7e020000L;

  private static final int AF_ALG = 38;
  private static final int AF_VSOCK = 40;

  /** The last one that there is (linux/socket.h, Linux 6.18). */
  private static final int AF_MCTP = 45;

  /** PER_LINUX, PER_LINUX32, UNAME26 with both, and the query of the current one (personality(2)). */
  private static final long[] PERSONALITIES = {0x0, 0x8, 0x20000, 0x20008, 0xffffffffL};

  private static final String FILES =
      """
      access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fadvise64_64
      fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync flock fstat fstat64 fstatat64 fstatfs
      fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 ioctl lchown lchown32 link linkat _llseek lseek lstat
      lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64
      pwritev pwritev2 read readahead readlink readlinkat readv rename renameat renameat2 rmdir sendfile sendfile64 splice stat stat64
      statfs statfs64 statx symlink symlinkat sync sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat utime utimensat
      utimensat_time64 utimes vmsplice write writev listmount statmount
      """;

  private static final String EXTENDED_ATTRIBUTES =
      """
      fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr lremovexattr lsetxattr
      removexattr removexattrat setxattr setxattrat
      """;

  private static final String EVENTS =
      """
      epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2
      fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents
      io_pgetevents_time64 io_setup io_submit _newselect poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4
      """;

  private static final String MEMORY =
      """
      brk cachestat madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap
      mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease remap_file_pages
      """;

  private static final String PROCESSES =
      """
      capget capset execve execveat exit exit_group fork getcpu getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32
      getpgid getpgrp getpid getppid getpriority getresgid getresgid32 getresuid getresuid32 getrlimit get_robust_list getrusage getsid
      get_thread_area gettid getuid getuid32 ioprio_get ioprio_set landlock_add_rule landlock_create_ruleset landlock_restrict_self
      pidfd_open prctl prlimit64 rseq sched_getaffinity sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min
      sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
      sched_setscheduler sched_yield seccomp setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setpgid
      setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit set_robust_list setsid
      set_thread_area set_tid_address setuid setuid32 ugetrlimit vfork wait4 waitid waitpid
      """;

  private static final String SIGNALS =
      """
      kill pause pidfd_send_signal restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
      rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn tgkill tkill
      """;

  private static final String TIME =
      """
      adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep
      clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete timer_getoverrun timer_gettime
      timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64
      times
      """;

  private static final String INTER_PROCESS =
      """
      futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake ipc mq_getsetattr mq_notify mq_open mq_timedreceive
      mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop
      semtimedop_time64 shmat shmctl shmdt shmget
      """;

  private static final String SOCKETS =
      """
      accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg send sendmmsg
      sendmsg sendto setsockopt shutdown socketcall socketpair
      """;

  private static final String SYSTEM = "getrandom riscv_hwprobe sysinfo uname uretprobe";

  /** Calls that become harmless, because the kernel checks the capability itself, once the container has it. */
  private static final Map<String, String> BY_CAPABILITY =
      Map.ofEntries(
          Map.entry("CAP_DAC_READ_SEARCH", "open_by_handle_at"),
          Map.entry(
              "CAP_SYS_ADMIN",
              """
              bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
              lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname
              setns syslog umount umount2 unshare
              """),
          Map.entry("CAP_SYS_BOOT", "reboot"),
          Map.entry("CAP_SYS_CHROOT", "chroot"),
          Map.entry("CAP_SYS_MODULE", "delete_module finit_module init_module"),
          Map.entry("CAP_SYS_PACCT", "acct"),
          Map.entry("CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"),
          Map.entry("CAP_SYS_RAWIO", "ioperm iopl"),
          Map.entry("CAP_SYS_TIME", "clock_settime clock_settime64 settimeofday stime"),
          Map.entry("CAP_SYS_TTY_CONFIG", "vhangup"),
          Map.entry("CAP_SYS_NICE", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"),
          Map.entry("CAP_SYSLOG", "syslog"),
          Map.entry("CAP_BPF", "bpf"),
          Map.entry("CAP_PERFMON", "perf_event_open"));

  static final SeccompProfile PROFILE = build();

  private DefaultSeccompProfile() {}

  private static SeccompProfile build() {
    List<Rule> rules = new ArrayList<>();
    List<String> always = new ArrayList<>();
    for (String group :
        List.of(FILES, EXTENDED_ATTRIBUTES, EVENTS, MEMORY, PROCESSES, SIGNALS, TIME, INTER_PROCESS, SOCKETS, SYSTEM)) {
      always.addAll(names(group));
    }
    rules.add(allow(always, List.of(), Condition.NONE, Condition.NONE));

    // Before 4.8 a tracer could change a call after seccomp had judged it.
    rules.add(
        allow(
            names("process_vm_readv process_vm_writev ptrace"), List.of(), new Condition(Set.of(), Set.of(), new KernelVersion(4, 8)), Condition.NONE));

    // AF_ALG is a large and needless piece of kernel to reach; AF_VSOCK ignores network namespaces and would reach virtual machines.
    // What lies above is listed one by one: the kernel takes the family as an int, a filter compares 64 bits, and "greater than
    // AF_VSOCK" would let 0x100000026 through, which the kernel then takes as AF_ALG.
    rules.add(socketFamily("SCMP_CMP_LT", AF_ALG));
    rules.add(socketFamily("SCMP_CMP_EQ", AF_ALG + 1));
    for (int family = AF_VSOCK + 1; family <= AF_MCTP; family++) {
      rules.add(socketFamily("SCMP_CMP_EQ", family));
    }

    for (long personality : PERSONALITIES) {
      rules.add(allow(List.of("personality"), List.of(new Spec.SeccompArg(0, personality, 0, "SCMP_CMP_EQ")), Condition.NONE, Condition.NONE));
    }

    rules.add(
        allow(
            names("arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2"),
            List.of(),
            Condition.arches("arm", "arm64"),
            Condition.NONE));
    rules.add(allow(List.of("arch_prctl"), List.of(), Condition.arches("amd64", "x32"), Condition.NONE));
    rules.add(allow(List.of("modify_ldt"), List.of(), Condition.arches("amd64", "x32", "x86"), Condition.NONE));
    rules.add(allow(List.of("riscv_flush_icache"), List.of(), Condition.arches("riscv64"), Condition.NONE));

    BY_CAPABILITY.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> rules.add(allow(names(entry.getValue()), List.of(), Condition.caps(entry.getKey()), Condition.NONE)));

    // Without CAP_SYS_ADMIN no new namespaces: a user namespace would give back every capability inside.
    Condition admin = Condition.caps("CAP_SYS_ADMIN");
    rules.add(
        allow(List.of("clone"), List.of(new Spec.SeccompArg(0, CLONE_NEW_NAMESPACES, 0, "SCMP_CMP_MASKED_EQ")), Condition.NONE, admin));
    // clone3's flags lie behind a pointer, where no filter can look; ENOSYS makes libc fall back to clone.
    rules.add(new Rule(List.of("clone3"), ERRNO, ENOSYS, List.of(), Condition.NONE, admin));

    return new SeccompProfile(
        ERRNO,
        EPERM,
        List.of(),
        Map.of(
            "SCMP_ARCH_X86_64", List.of("SCMP_ARCH_X86", "SCMP_ARCH_X32"),
            "SCMP_ARCH_AARCH64", List.of("SCMP_ARCH_ARM"),
            "SCMP_ARCH_RISCV64", List.of()),
        List.of(),
        rules);
  }

  private static Rule allow(List<String> names, List<Spec.SeccompArg> args, Condition includes, Condition excludes) {
    return new Rule(names, ALLOW, null, args, includes, excludes);
  }

  private static Rule socketFamily(String operator, long family) {
    return allow(List.of("socket"), List.of(new Spec.SeccompArg(0, family, 0, operator)), Condition.NONE, Condition.NONE);
  }

  private static List<String> names(String words) {
    return Arrays.asList(words.strip().split("\\s+"));
  }
}
