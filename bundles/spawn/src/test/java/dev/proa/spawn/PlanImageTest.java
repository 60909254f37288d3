package dev.proa.spawn;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;
import static dev.proa.spawn.Arg.string;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Arch;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Syscall;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PlanImageTest {
  private static final int EXIT_OF_A_FAILED_PLAN = 125;

  @TempDir Path directory;

  /** Says what its steps found, with descriptor 3 (the status pipe) closed: nobody listens. Needs no root. */
  private static SpawnPlan plan() {
    SpawnPlan.Builder plan = SpawnPlan.builder("image");
    SpawnPlan.Label missing = plan.label();
    SpawnPlan.Label end = plan.label();
    Arg fd =
        plan.call("open", Syscall.OPENAT, flags("AT_FDCWD", Fcntl.AT_FDCWD), string("/nonexistent"), number(0))
            .tolerating(Errno.EPERM, Errno.ENOENT)
            .otherwise(missing)
            .result();
    plan.call("never reached", Syscall.EXIT_GROUP, number(3));
    plan.mark(missing);
    plan.check("minus ENOENT", fd, 0xffffffffL, 0xfffffffeL, Errno.EPROTO);
    Arg.Buffer text = plan.buffer("text", "....\n\0\0\0".getBytes(StandardCharsets.US_ASCII));
    Arg.Buffer iov = plan.words("iov", text, number(5), string("two\n"), number(4));
    plan.store("a number that reads as text", text, 0, number(0x64636261));
    plan.call("write both", Syscall.WRITEV, number(1), iov, number(2)).then(end);
    plan.call("never reached", Syscall.EXIT_GROUP, number(4));
    plan.mark(end);
    plan.repeat("three times", Syscall.CLOSE, 100, 102).tolerating(Errno.EBADF);
    plan.exec("run", List.of("/nonexistent/sh", "/etc/passwd/sh", "/bin/sh"), List.of("sh", "-c", "echo $X $0", "zero"), List.of("X=environment"));
    return plan.build();
  }

  @Test
  void anImageMakesTheCallsOfItsPlan() throws Exception {
    assertThat(run(PlanImage.of(plan()), List.of())).isEqualTo("abcd\ntwo\nenvironment zero\n");
  }

  @Test
  void anImageForAarch64DoesTheSame() throws Exception {
    String qemu = Stream.of("/usr/bin/qemu-aarch64-static", "/usr/bin/qemu-aarch64").filter(file -> Files.isExecutable(Path.of(file))).findFirst().orElse("");
    assumeThat(Arch.HOST == Arch.X86_64 && !qemu.isEmpty()).as("qemu-user is installed, on x86-64").isTrue();
    assertThat(run(PlanImage.of(plan(), Arch.AARCH64), List.of(qemu))).isEqualTo("abcd\ntwo\nenvironment zero\n");
  }

  @Test
  void aFailedStepWritesItsRecordAndExits() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("fails");
    plan.call("status is standard output here", Syscall.DUP3, number(1), number(3), number(0)).tolerating(Errno.EINVAL);
    plan.call("fails", Syscall.CHDIR, string("/nonexistent"));
    plan.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    for (Arch arch : List.of(Arch.X86_64, Arch.AARCH64)) {
      String qemu = "/usr/bin/qemu-aarch64-static";
      if (arch != Arch.HOST && !Files.isExecutable(Path.of(qemu))) {
        continue;
      }
      Path file = executable(PlanImage.of(plan.build(), arch));
      Process process = (arch == Arch.HOST ? new ProcessBuilder(file.toString()) : new ProcessBuilder(qemu, file.toString())).start();
      byte[] record = process.getInputStream().readAllBytes();
      assertThat(process.waitFor()).isEqualTo(EXIT_OF_A_FAILED_PLAN);
      assertThat(StatusRecord.decode(record, 0)).contains(new StatusRecord(StatusRecord.Kind.FAILED, 1, Errno.ENOENT.number(), 0));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"X86_64", "AARCH64"})
  void anImageIsAStaticElfWithoutWritableCode(Arch arch) {
    byte[] bytes = PlanImage.of(plan(), arch).bytes();
    ByteBuffer elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(elf.getInt(0)).isEqualTo(0x464c457f);
    assertThat(elf.getShort(18)).isEqualTo((short) arch.elfMachine());
    for (int i = 0; i < elf.getShort(56); i++) {
      int flags = elf.getInt(64 + 56 * i + 4);
      assertThat(flags & 3).as("segment %d is not writable and executable", i).isNotEqualTo(3);
      assertThat(elf.getInt(64 + 56 * i)).isNotEqualTo(3); // no PT_INTERP
    }
    assertThat(bytes.length).isLessThan(8192);
  }

  @Test
  void aSealedImageCannotBeChanged() throws Exception {
    try (Fd image = PlanImage.of(plan()).seal(directory)) {
      assertThatThrownBy(() -> Io.writeFully(image, new byte[] {1})).isInstanceOf(ErrnoException.class).hasMessageContaining("EPERM");
      assertThatThrownBy(() -> Io.ftruncate(image, 0)).isInstanceOf(ErrnoException.class).hasMessageContaining("EPERM");
    }
  }

  @Test
  void theKernelSeesExactlyTheCallsOfThePlan() throws Exception {
    assumeThat(Files.isExecutable(Path.of("/usr/bin/strace"))).as("strace is installed").isTrue();
    SpawnPlan.Builder plan = SpawnPlan.builder("traced");
    plan.call("status is /dev/null here", Syscall.OPENAT, flags("AT_FDCWD", Fcntl.AT_FDCWD), string("/dev/null"), number(Fcntl.O_WRONLY));
    Prologue.usual(4096).appendTo(plan);
    plan.cloneVisible("clone", 0);
    plan.exec("run", List.of("/nonexistent", "/bin/true"), List.of("true"), List.of());
    SpawnPlan built = plan.build();
    Path trace = directory.resolve("trace");
    Process process =
        new ProcessBuilder("/usr/bin/strace", "-f", "-o", trace.toString(), "-e", "signal=none", executable(PlanImage.of(built)).toString()).start();
    assumeThat(process.waitFor()).as("strace may trace here").isZero();
    // From the image's execve to the program's; both processes, in the order of the plan.
    List<String> calls =
        Files.readAllLines(trace).stream()
            .map(line -> line.replaceFirst("^\\d+ +", ""))
            .filter(line -> line.matches("[a-z_0-9]+\\(.*"))
            .map(line -> line.substring(0, line.indexOf('(')))
            .toList();
    List<String> wanted = new ArrayList<>();
    for (Step step : built.steps()) {
      int times =
          switch (step.kind()) {
            case STORE, CHECK -> 0;
            case REPEAT -> 64;
            case EXEC -> 2;
            case CALL, CLONE, GATE, AGAIN -> 1;
          };
      wanted.addAll(Collections.nCopies(times, step.call().kernelName()));
    }
    int end = calls.lastIndexOf("execve") + 1;
    List<String> seen = new ArrayList<>(calls.subList(1, end));
    List<String> parent = List.of("write", "exit_group"); // whose place among the child's calls is chance
    int clone = seen.indexOf("clone") + 1;
    assertThat(seen.subList(0, clone)).isEqualTo(wanted.subList(0, clone));
    List<String> rest = new ArrayList<>(calls.subList(clone + 1, calls.size()));
    assertThat(rest).containsSubsequence(parent).containsSubsequence("write", "execve", "execve");
  }

  @Test
  void aCallThatMayBeTooLateIsMadeAgainAndNotForEver() throws Exception {
    assumeThat(Files.isExecutable(Path.of("/usr/bin/strace"))).as("strace is installed").isTrue();
    SpawnPlan.Builder plan = SpawnPlan.builder("again");
    plan.call("status is /dev/null here", Syscall.OPENAT, flags("AT_FDCWD", Fcntl.AT_FDCWD), string("/dev/null"), number(Fcntl.O_WRONLY));
    Arg.Buffer ends = plan.buffer("ends", Long.BYTES);
    plan.call("an empty pipe", Syscall.PIPE2, ends, number(Fcntl.O_NONBLOCK));
    plan.callAgain("read it", Syscall.READ, ends.load(0), plan.buffer("byte", 8), number(1)).tolerating(Errno.EAGAIN);
    plan.callAgain("a folder", Syscall.OPENAT, flags("AT_FDCWD", Fcntl.AT_FDCWD), string("/"), number(0));
    plan.callAgain("no folder", Syscall.CHDIR, string("/nonexistent")).tolerating(Errno.ENOENT);
    plan.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    Path trace = directory.resolve("trace");
    Process process =
        new ProcessBuilder("/usr/bin/strace", "-e", "trace=read,open,openat,chdir", "-o", trace.toString(), executable(PlanImage.of(plan.build())).toString())
            .start();
    assertThat(process.waitFor()).isZero();
    List<String> calls = Files.readAllLines(trace);
    assertThat(calls.stream().filter(line -> line.contains("EAGAIN"))).hasSize(128);
    assertThat(calls.stream().filter(line -> line.contains("nonexistent"))).hasSize(1);
    assertThat(calls.stream().filter(line -> line.contains("\"/\", O_RDONLY"))).hasSize(1);
    String qemu = "/usr/bin/qemu-aarch64-static";
    assumeThat(Files.isExecutable(Path.of(qemu)) && Arch.HOST == Arch.X86_64).as("qemu-user is installed, on x86-64").isTrue();
    assertThat(run(PlanImage.of(plan.build(), Arch.AARCH64), List.of(qemu))).isEmpty();
  }

  @Test
  void whereMemfdsMayNotRunAFileInTheDirectoryDoes() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("file");
    plan.call("done", Syscall.EXIT_GROUP, number(42));
    plan.exec("never reached", List.of("/bin/false"), List.of("false"), List.of());
    try (Fd image = PlanImage.of(plan.build()).tmpfile(directory)) {
      Process process = new ProcessBuilder("/proc/" + ProcessHandle.current().pid() + "/fd/" + image.raw()).start();
      assertThat(process.waitFor()).isEqualTo(42);
      assertThat(directory).isEmptyDirectory();
    }
  }

  private Path executable(PlanImage image) throws Exception {
    Path file = Files.write(Files.createTempFile(directory, "image", ""), image.bytes());
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private String run(PlanImage image, List<String> emulator) throws Exception {
    // The shell gives it a status pipe that nobody reads to the end.
    String command = String.join(" ", emulator) + " " + executable(image) + " 3>/dev/null";
    Process process = new ProcessBuilder("/bin/sh", "-c", command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
