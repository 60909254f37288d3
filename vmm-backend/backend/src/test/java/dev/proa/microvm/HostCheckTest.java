package dev.proa.microvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.abi.Arch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostCheckTest {
  @TempDir private Path folder;

  @Test
  void hostWithDeviceAndVirtualisationLacksNothing() throws IOException {
    Path device = Files.createFile(folder.resolve("kvm"));
    assertThat(HostCheck.missing(Arch.X86_64, device, Set.of("fpu", "vmx"))).isNull();
    assertThat(HostCheck.missing(Arch.X86_64, device, Set.of("svm"))).isNull();
  }

  @Test
  void deviceWithoutVirtualisationIsSoftwarePaged() throws IOException {
    Path device = Files.createFile(folder.resolve("kvm"));
    assertThat(HostCheck.missing(Arch.X86_64, device, Set.of("fpu"))).contains("software-paged KVM").contains("never boots a stock kernel");
  }

  @Test
  void absentDeviceIsToldWithWhatToDo() {
    Path device = folder.resolve("kvm");
    assertThat(HostCheck.missing(Arch.X86_64, device, Set.of("vmx"))).contains("load the module kvm_intel or kvm_amd");
    assertThat(HostCheck.missing(Arch.X86_64, device, Set.of("fpu"))).contains("nested virtualisation");
  }

  @Test
  void otherArchitecturesAreNotThereYet() {
    assertThat(HostCheck.missing(Arch.AARCH64, folder, Set.of())).contains("x86-64 only");
  }

  @Test
  void flagsAreReadFromCpuinfo() throws IOException {
    Path cpuinfo = Files.writeString(folder.resolve("cpuinfo"), "processor\t: 0\nflags\t\t: fpu vmx sse\n\nprocessor\t: 1\nflags\t\t: none\n");
    assertThat(HostCheck.cpuFlags(cpuinfo)).containsExactly("fpu", "sse", "vmx");
  }
}
