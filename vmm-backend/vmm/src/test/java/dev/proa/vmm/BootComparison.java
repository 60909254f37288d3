package dev.proa.vmm;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Pipe;
import dev.proa.linux.abi.Fcntl;
import dev.proa.vmm.boot.BzImage;
import dev.proa.vmm.control.Command;
import dev.proa.vmm.control.Event;
import dev.proa.vmm.control.VmConfiguration;
import dev.proa.vmm.control.VmConfiguration.Boot;
import dev.proa.vmm.control.VmConfiguration.SnapshotFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Boots the same kernel and initramfs by this VMM and by {@code qemu -M microvm}, in turns, and restores a snapshot: milliseconds of each, by what was
 * measured. {@code BootComparison VMLINUZ INITRAMFS ROUNDS}, on a true KVM.
 */
final class BootComparison {
  private static final String COMMAND_LINE = "console=ttyS0 quiet reboot=t panic=-1 8250.nr_uarts=1 pci=off proa.test=";

  private final Path directory = Files.createTempDirectory("boot");
  private final Path vmlinux = directory.resolve("vmlinux");
  private final Path initramfs;
  private final Map<String, List<Double>> measured = new TreeMap<>();
  private final String aot;

  private BootComparison(String vmlinuz, String initramfs) throws Exception {
    this.initramfs = Path.of(initramfs);
    Files.write(vmlinux, BzImage.unpack(Files.readAllBytes(Path.of(vmlinuz))));
    // the start-up cache, of a process that gets as far as it can without a guest
    Path cache = directory.resolve("vmm.aot");
    try (VmmProcess training = new VmmProcess(directory, "-Xmx64m", "-XX:AOTCacheOutput=" + cache)) {
      training.next(Event.Ready.class);
      training.client.close();
      training.process.waitFor();
    }
    aot = "-XX:AOTCache=" + cache;
  }

  public static void main(String[] arguments) throws Exception {
    BootComparison comparison = new BootComparison(arguments[0], arguments[1]);
    for (int round = 0; round < Integer.parseInt(arguments[2]); round++) {
      comparison.ours();
      comparison.qemu();
    }
    comparison.restored(Integer.parseInt(arguments[2]));
    comparison.measured.forEach((what, values) -> System.out.printf("%-60s %s%n", what, values.stream().map(value -> String.format("%.0f", value)).toList()));
  }

  private void put(String what, double milliseconds) {
    measured.computeIfAbsent(what, key -> new ArrayList<>()).add(milliseconds);
  }

  private static VmConfiguration configuration(Fd serial) {
    return new VmConfiguration(256, 1, List.of(), List.of(), null, List.of(), serial);
  }

  private void ours() throws Exception {
    long start = System.nanoTime();
    try (VmmProcess vmm = new VmmProcess(directory, "-Xmx64m", aot);
        Pipe serial = Io.pipe2(0);
        Fd kernel = Fs.open(vmlinux.toString(), Fcntl.O_RDONLY);
        Fd initrd = Fs.open(initramfs.toString(), Fcntl.O_RDONLY)) {
      vmm.next(Event.Ready.class);
      long ready = System.nanoTime();
      vmm.call(new Command.Start(configuration(serial.writeEnd()), new Boot(kernel, initrd, COMMAND_LINE + "hello")));
      serial.writeEnd().close();
      Event.Booted init = vmm.next(Event.Booted.class);
      String hello = line(serial.readEnd());
      long said = System.nanoTime();
      put("ours: process start to ready", millis(start, ready));
      put("ours: start command to the guest's init", init.sinceStartNanos() / 1e6);
      put("ours: first KVM_RUN to the guest's init", init.vcpuNanos() / 1e6);
      put("ours: process start to hello", millis(start, said));
      put("ours: start command to hello (from a pool)", millis(ready, said));
      put("ours: the guest's uptime at hello", uptime(hello));
      put("ours: PSS in MiB at hello", pss(vmm.process.pid()));
    }
  }

  private void qemu() throws Exception {
    long start = System.nanoTime();
    Process qemu =
        new ProcessBuilder(
                "qemu-system-x86_64", "-M", "microvm,acpi=on,rtc=off", "-enable-kvm", "-cpu", "host", "-m", "256", "-smp", "1", "-nodefaults", "-no-user-config",
                "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot", "-kernel", vmlinux.toString(), "-initrd", initramfs.toString(),
                "-append", COMMAND_LINE + "hello")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String hello = "";
    try (var lines = qemu.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.contains("TEST hello")) {
          hello = line;
          break;
        }
      }
      put("qemu: process start to hello", millis(start, System.nanoTime()));
      put("qemu: the guest's uptime at hello", uptime(hello));
      put("qemu: PSS in MiB at hello", pss(qemu.pid()));
    } finally {
      qemu.destroyForcibly().waitFor();
    }
  }

  private void restored(int rounds) throws Exception {
    try (Fd memory = create("memory");
        Fd state = create("state")) {
      try (VmmProcess vmm = new VmmProcess(directory, aot);
          Fd kernel = Fs.open(vmlinux.toString(), Fcntl.O_RDONLY);
          Fd initrd = Fs.open(initramfs.toString(), Fcntl.O_RDONLY)) {
        vmm.next(Event.Ready.class);
        vmm.call(new Command.Start(configuration(null), new Boot(kernel, initrd, COMMAND_LINE + "ticks")));
        while (vmm.next(Event.Booted.class).marker() != 5) {}
        vmm.call(new Command.Pause());
        vmm.call(new Command.Snapshot(new SnapshotFiles(memory, state)));
      }
      for (int round = 0; round < rounds; round++) {
        long start = System.nanoTime();
        try (VmmProcess vmm = new VmmProcess(directory, "-Xmx64m", aot);
            Pipe serial = Io.pipe2(0)) {
          vmm.next(Event.Ready.class);
          long ready = System.nanoTime();
          vmm.call(new Command.Restore(configuration(serial.writeEnd()), new SnapshotFiles(memory, state), true));
          long running = System.nanoTime();
          serial.writeEnd().close();
          line(serial.readEnd());
          put("restored: process start to output", millis(start, System.nanoTime()));
          put("restored: command to running", millis(ready, running));
          put("restored: command to output (from a pool)", millis(ready, System.nanoTime()));
        }
      }
    }
  }

  private Fd create(String name) throws Exception {
    return Fs.openat(Fd.cwd(), directory.resolve(name).toString(), Fcntl.O_RDWR | Fcntl.O_CREAT, 0600);
  }

  /** The next line that a test says. */
  private static String line(Fd serial) throws Exception {
    byte[] buffer = new byte[4096];
    StringBuilder text = new StringBuilder();
    while (true) {
      int n = Io.read(serial, buffer, 0, buffer.length);
      text.append(new String(Arrays.copyOf(buffer, n), StandardCharsets.UTF_8));
      int at = text.indexOf("TEST ");
      if (n == 0 || at >= 0 && text.indexOf("\n", at) > 0) {
        return text.substring(Math.max(0, at)).trim();
      }
    }
  }

  private static double uptime(String hello) {
    String[] words = hello.trim().split("\\s+");
    return Double.parseDouble(words[2]) * 1000;
  }

  private static double pss(long pid) throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
      if (line.startsWith("Pss:")) {
        return Double.parseDouble(line.split("\\s+")[1]) / 1024;
      }
    }
    throw new IllegalStateException("no PSS of " + pid);
  }

  private static double millis(long from, long to) {
    return (to - from) / 1e6;
  }
}
