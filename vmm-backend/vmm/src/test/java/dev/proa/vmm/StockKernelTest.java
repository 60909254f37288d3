package dev.proa.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.vmm.boot.BzImage;
import dev.proa.vmm.control.Event;
import dev.proa.vmm.control.ExitReason;
import dev.proa.vmm.control.VmConfiguration;
import dev.proa.vmm.control.VmConfiguration.Boot;
import dev.proa.vmm.kvm.Kvm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The distribution's kernel in microVMs. Needs a true KVM, so it runs in the lab (lab/inside/microvm), which gives the kernel and the initramfs of
 * src/test/guest by -Dproa.vmm.kernel and -Dproa.vmm.initramfs.
 */
final class StockKernelTest {
  /** A loaded machine under emulation is slow; nothing here is judged by time. */
  private static final int DEADLINE_SECONDS = 240;

  private static Fd kernel;
  private static Fd initramfs;
  private static Kvm kvm;

  @BeforeAll
  static void unpackKernel() throws Exception {
    String image = System.getProperty("proa.vmm.kernel");
    Assumptions.assumeTrue(image != null, "no -Dproa.vmm.kernel: a stock kernel wants a true KVM, which the lab has (lab/run microvm)");
    byte[] elf = BzImage.unpack(Files.readAllBytes(Path.of(image)));
    kernel = Io.memfdCreate("vmlinux", 0);
    Io.writeFully(kernel, elf);
    initramfs = Fs.open(System.getProperty("proa.vmm.initramfs"), Fcntl.O_RDONLY);
    kvm = Kvm.open();
  }

  @AfterAll
  static void close() {
    if (kvm != null) {
      kernel.close();
      initramfs.close();
      kvm.close();
    }
  }

  private final Map<Integer, Long> markers = new ConcurrentHashMap<>();

  private Machine boot(VmConfiguration configuration, String tests) throws Exception {
    long start = System.nanoTime();
    Boot boot = new Boot(kernel, initramfs, "console=ttyS0 quiet reboot=t panic=-1 8250.nr_uarts=1 pci=off proa.test=" + tests);
    Machine machine = Machine.boot(kvm, configuration, boot, (marker, from) -> markers.put(marker, System.nanoTime() - start));
    machine.start(true);
    return machine;
  }

  private static String output(Machine machine) {
    return new String(machine.serialTail(), StandardCharsets.UTF_8);
  }

  private static Machine.End end(Machine machine) throws Exception {
    try {
      return machine.ended().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (java.util.concurrent.TimeoutException e) {
      throw new AssertionError("the guest did not end; its output:\n" + output(machine), e);
    }
  }

  @Test
  void bootsToItsInitPokesTheBootTimerAndPowersOff() throws Exception {
    try (Machine machine = boot(new VmConfiguration(256, 1, List.of(), List.of(), null, List.of(), null), "hello,cpus,memory")) {
      Machine.End end = end(machine);
      Event.Stats stats = machine.stats(0);
      System.out.println(end + " " + markers + " " + stats + "\n" + output(machine));
      assertThat(output(machine)).contains("TEST hello", "TEST cpus 1", "TEST end");
      assertThat(end.reason()).isEqualTo(ExitReason.POWER_OFF);
      assertThat(markers).containsKeys(1, 2);
    }
  }
}
