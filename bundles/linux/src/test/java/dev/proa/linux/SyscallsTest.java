package dev.proa.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Memory;
import dev.proa.linux.abi.Poll;
import dev.proa.linux.abi.Resource;
import dev.proa.linux.abi.Signal;
import dev.proa.linux.abi.Socket;
import dev.proa.linux.abi.Stat;
import dev.proa.linux.abi.Wait;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The calls, on the real kernel. */
class SyscallsTest {
  @TempDir Path path;
  private Fd dir;

  @BeforeEach
  void open() throws Exception {
    dir = Fs.open(path.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
  }

  @AfterEach
  void close() {
    dir.close();
  }

  @Test
  void aFailureNamesTheCallItsArgumentAndTheErrno() {
    assertThatThrownBy(() -> Fs.openat(dir, "nothing", Fcntl.O_RDONLY))
        .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
        .hasMessage("openat(\"nothing\") ENOENT: no such file or directory");
    assertThatThrownBy(() -> Fs.mkdirat(dir, "a\0b", 0755)).hasMessage("mkdirat(\"a?b\": holds a NUL) EINVAL: invalid argument");
  }

  @Test
  void filesAreMadeOwnedDatedAndListed() throws Exception {
    Fs.mkdirat(dir, "d", 0700);
    Fs.symlinkat("../etc/passwd", dir, "link");
    assertThat(Fs.readlinkat(dir, "link")).isEqualTo("../etc/passwd");
    String foreign = FileName.decode(new byte[] {'n', (byte) 0xe9});
    Timestamp when = new Timestamp(1_000_000_007L, 123_456_789L);
    try (Fd file = Fs.openat(dir, foreign, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL, 0600)) {
      Io.writeFully(file, "hello".getBytes(StandardCharsets.UTF_8));
      Fs.fchmod(file, 04755);
      Fs.futimens(file, Timestamp.OMIT, when);
      FileStatus status = Fs.fstat(file);
      assertThat(status.isRegularFile()).isTrue();
      assertThat(status.permissions()).isEqualTo(04755);
      assertThat(status.size()).isEqualTo(5);
      assertThat(status.mtime()).isEqualTo(when);
    }
    Fs.linkat(dir, foreign, dir, "d/hard", 0);
    assertThat(Fs.statx(dir, foreign, 0).nlink()).isEqualTo(2);
    Fs.utimensat(dir, "link", when, when, Fcntl.AT_SYMLINK_NOFOLLOW);
    assertThat(Fs.statx(dir, "link", Fcntl.AT_SYMLINK_NOFOLLOW)).returns(true, FileStatus::isSymbolicLink).returns(when, FileStatus::mtime);
    assertThat(Fs.getdents(dir).stream().map(DirectoryEntry::name)).containsExactlyInAnyOrder("d", "link", foreign);
    Fs.renameat2(dir, foreign, dir, "plain", Fcntl.RENAME_NOREPLACE);
    assertThat(Files.readString(path.resolve("plain"))).isEqualTo("hello");
    Fs.unlinkat(dir, "d/hard", 0);
    Fs.unlinkat(dir, "d", Fcntl.AT_REMOVEDIR);
    Fs.mknodat(dir, "fifo", Stat.S_IFIFO | 0600, 0, 0);
    assertThat(Fs.statx(dir, "fifo", 0).type()).isEqualTo(Stat.S_IFIFO);
    assertThat(Fs.makedev(1, 3)).isEqualTo(0x103);
    assertThat(Fs.makedev(259, 0x12345)).isEqualTo(0x45 | 259 << 8 | 0x123 << 20);
  }

  @Test
  void nothingLeadsOutOfARoot() throws Exception {
    Fs.symlinkat("/../../../../etc", dir, "escape");
    Fs.mkdirat(dir, "etc", 0755);
    Files.writeString(path.resolve("etc/inside"), "x");
    Fs.openInRoot(dir, "escape/inside", Fcntl.O_RDONLY, 0).close();
    assertThatThrownBy(() -> Fs.openInRoot(dir, "escape/passwd", Fcntl.O_RDONLY, 0)).hasMessageContaining("ENOENT");
    assertThatThrownBy(() -> Fs.openat2(dir, "escape", Fcntl.O_RDONLY, 0, Fcntl.RESOLVE_NO_SYMLINKS)).hasMessageContaining("ELOOP");
  }

  @Test
  void extendedAttributesOfFilesAndOfNames() throws Exception {
    byte[] large = new byte[3000];
    large[2999] = 1;
    try (Fd file = Fs.openat(dir, "f", Fcntl.O_WRONLY | Fcntl.O_CREAT, 0600)) {
      Fs.fsetxattr(file, "user.a", new byte[] {1, 2}, 0);
      Fs.fsetxattr(file, "user.large", large, 0);
      assertThat(Fs.fgetxattr(file, "user.a")).containsExactly(1, 2);
      assertThat(Fs.fgetxattr(file, "user.large")).isEqualTo(large);
      assertThat(Fs.fgetxattr(file, "user.none")).isNull();
      assertThat(Fs.flistxattr(file)).contains("user.a", "user.large");
      Fs.fremovexattr(file, "user.large");
    }
    assertThat(Fs.lgetxattrat(dir, "f", "user.a")).containsExactly(1, 2);
    Fs.lsetxattrat(dir, "f", "user.b", new byte[0], 0);
    assertThat(Fs.lgetxattrat(dir, "f", "user.b")).isEmpty();
    assertThat(Fs.llistxattrat(dir, "f")).contains("user.a", "user.b");
    Fs.lremovexattrat(dir, "f", "user.a");
    assertThatThrownBy(() -> Fs.lgetxattrat(dir, "d/f", "user.a")).isInstanceOf(IllegalArgumentException.class);
    assumeThat(Processes.geteuid()).as("needs root").isZero();
    Fs.symlinkat("nowhere", dir, "l");
    Fs.lsetxattrat(dir, "l", "trusted.x", new byte[] {7}, 0);
    assertThat(Fs.lgetxattrat(dir, "l", "trusted.x")).containsExactly(7);
  }

  @Test
  void descriptorsTravelOverASocket() throws Exception {
    try (Sockets.SocketPair pair = Sockets.socketpair(Socket.SOCK_SEQPACKET);
        Pipe pipe = Io.pipe2(Fcntl.O_CLOEXEC)) {
      Sockets.sendmsg(pair.first(), new byte[] {1, 2, 3}, List.of(pipe.readEnd(), pipe.writeEnd()), 0);
      try (Message message = Sockets.recvmsg(pair.second(), 100, 0)) {
        assertThat(message.bytes()).containsExactly(1, 2, 3);
        assertThat(message.truncated()).isFalse();
        assertThat(message.descriptors()).hasSize(2);
        Io.writeFully(message.descriptors().get(1), new byte[] {9});
        byte[] one = new byte[4];
        assertThat(Io.read(pipe.readEnd(), one, 0, 4)).isOne();
        assertThat(one[0]).isEqualTo((byte) 9);
        assertThat(Io.fcntl(message.descriptors().get(0), Fcntl.F_GETFD, 0)).isEqualTo(Fcntl.FD_CLOEXEC);
      }
      assertThat(Sockets.peerCredentials(pair.first())).returns(Processes.getpid(), Credentials::pid).returns(Processes.geteuid(), Credentials::uid);
      Sockets.sendmsg(pair.first(), new byte[100], List.of(), 0);
      assertThat(Sockets.recvmsg(pair.second(), 10, 0).truncated()).isTrue();
      pair.first().close();
      assertThat(Sockets.recvmsg(pair.second(), 10, 0).bytes()).isEmpty();
    }
  }

  @Test
  void teeCopiesWithoutConsuming() throws Exception {
    try (Pipe from = Io.pipe2(Fcntl.O_CLOEXEC);
        Pipe to = Io.pipe2(Fcntl.O_CLOEXEC)) {
      Io.writeFully(from.writeEnd(), new byte[] {1, 2, 3, 4});
      assertThat(Io.tee(from.readEnd(), to.writeEnd(), 100, Fcntl.SPLICE_F_NONBLOCK)).isEqualTo(4);
      assertThat(Io.read(to.readEnd(), new byte[10], 0, 10)).isEqualTo(4);
      try (Fd file = Io.memfdCreate("x", Memory.MFD_CLOEXEC)) {
        assertThat(Io.splice(from.readEnd(), file, 100, 0)).isEqualTo(4);
        assertThat(Fs.fstat(file).size()).isEqualTo(4);
      }
    }
  }

  @Test
  void pollAndEpollSeeWhatIsReady() throws Exception {
    try (EventFd event = EventFd.create();
        Epoll epoll = Epoll.create()) {
      epoll.add(event, Poll.EPOLLIN, 0x1234_5678_9abcL);
      assertThat(epoll.await(0)).isEmpty();
      assertThat(Io.poll(List.of(new Io.PollFor(event, Poll.POLLIN)), 10)).containsExactly(0);
      event.signal();
      event.signal();
      assertThat(epoll.await(1000)).containsExactly(new Epoll.Event(Poll.EPOLLIN, 0x1234_5678_9abcL));
      assertThat(Io.poll(List.of(new Io.PollFor(event, Poll.POLLIN)), -1)).containsExactly(Poll.POLLIN);
      assertThat(event.drain()).isEqualTo(2);
      assertThat(event.drain()).isZero();
      epoll.remove(event);
      event.signal();
      assertThat(epoll.await(0)).isEmpty();
    }
  }

  @Test
  void aPidfdSignalsWaitsAndSeesTheEnd() throws Exception {
    Process process = new ProcessBuilder("/bin/sleep", "100").start();
    try (PidFd pidfd = PidFd.open((int) process.pid())) {
      assertThat(pidfd.waitid(Wait.WNOHANG | Wait.WNOWAIT)).isEmpty();
      assertThat(pidfd.awaitEnd(10)).isFalse();
      pidfd.signal(Signal.SIGTERM);
      assertThat(pidfd.awaitEnd(5000)).isTrue();
      assertThat(process.waitFor()).isEqualTo(128 + Signal.SIGTERM);
      assertThatThrownBy(() -> pidfd.signal(0)).hasMessageContaining("ESRCH");
      assertThat(pidfd.exitInfo()).satisfiesAnyOf(info -> assertThat(info).isEmpty(), info -> assertThat(info.orElseThrow().exitCode()).isEqualTo(143));
    }
    assertThat(ExitStatus.ofWaitStatus(0x0700)).hasToString("exited with code 7");
    assertThat(ExitStatus.ofWaitStatus(0x8b)).hasToString("killed by signal 11 (core dumped)").returns(139, ExitStatus::exitCode);
  }

  @Test
  void limitsAndFileSystemsAreRead() throws Exception {
    assertThat(Processes.prlimit(0, Resource.RLIMIT_NOFILE, null).hard()).isPositive();
    try (Fd proc = Fs.open("/proc", Fcntl.O_PATH)) {
      assertThat(Fs.fstatfs(proc).type()).isEqualTo(dev.proa.linux.abi.Magic.PROC_SUPER_MAGIC);
    }
    assertThat(Fs.statfs("/proc").type()).isEqualTo(dev.proa.linux.abi.Magic.PROC_SUPER_MAGIC);
  }

  @Test
  void aClosedDescriptorIsRefusedInsteadOfHittingAnother() throws Exception {
    Fd fd = Fs.open("/dev/null", Fcntl.O_RDWR);
    fd.close();
    fd.close();
    try (Arena arena = Arena.ofConfined()) {
      var buffer = arena.allocateFrom(JAVA_BYTE, (byte) 1);
      assertThatThrownBy(() -> Io.write(fd, buffer)).isInstanceOf(IllegalStateException.class);
    }
  }
}
