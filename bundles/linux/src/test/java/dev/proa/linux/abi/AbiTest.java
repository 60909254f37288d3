package dev.proa.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Constants, structures, errnos and system call numbers are what a C compiler says. */
class AbiTest {
  @TempDir Path directory;

  @Test
  void everyNumberIsWhatTheCommittedTableSays() throws Exception {
    assumeThat(Arch.HOST).as("the table is of x86-64").isEqualTo(Arch.X86_64);
    Map<String, Long> table = committed();
    assertThat(table).hasSizeGreaterThan(1500);
    Map<String, Long> ours = new TreeMap<>(AbiTable.ours());
    ours.keySet().retainAll(table.keySet());
    assertThat(ours).containsExactlyInAnyOrderEntriesOf(table);
  }

  @Test
  void everyNumberIsWhatTheCompilerOfThisHostSays() throws Exception {
    assumeThat(Stream.of("/usr/bin/cc").allMatch(cc -> Files.isExecutable(Path.of(cc)))).as("cc is installed").isTrue();
    assumeThat(Files.exists(Path.of("/usr/include/linux/openat2.h"))).as("the kernel's headers are installed").isTrue();
    Map<String, Long> asked = AbiTable.asked(directory);
    assertThat(asked).hasSizeGreaterThan(1500);
    Map<String, Long> ours = new TreeMap<>(AbiTable.ours());
    ours.keySet().retainAll(asked.keySet());
    assertThat(ours).containsExactlyInAnyOrderEntriesOf(asked);
  }

  @Test
  void onlyWhatIsNewerThanTheHeadersIsMissingFromTheTable() throws Exception {
    assumeThat(Arch.HOST).as("the table is of x86-64").isEqualTo(Arch.X86_64);
    Map<String, Long> ours = new TreeMap<>(AbiTable.ours());
    ours.keySet().removeAll(committed().keySet());
    ours.values().removeIf(value -> value == -1); // the architecture has no such call
    assertThat(ours.keySet())
        .allMatch(
            key ->
                key.startsWith("Syscall.") && ours.get(key) >= 451
                    || key.matches("struct\\.pidfd_info.*|Pidfd\\..*|struct.rlimit64.*|Errno\\.ENOTSUPP|Syscall\\.x86_64\\.uretprobe")
                    || key.matches(
                        "Fcntl\\.AT_.*|Magic\\.(PID_FS_MAGIC|MQUEUE_MAGIC)|Memory\\.MFD_.*|Mount\\..*|Socket\\.SO_PEERPIDFD|Stat\\.STATX_MNT_ID_UNIQUE"));
  }

  private static Map<String, Long> committed() throws Exception {
    try (InputStream in = AbiTest.class.getResourceAsStream("abi-x86_64.txt")) {
      return AbiTable.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
