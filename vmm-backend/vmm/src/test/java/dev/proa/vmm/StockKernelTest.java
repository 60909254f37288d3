package dev.proa.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.PacketSockets;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Socket;
import dev.proa.vmm.boot.BzImage;
import dev.proa.vmm.control.Command;
import dev.proa.vmm.control.Event;
import dev.proa.vmm.control.ExitReason;
import dev.proa.vmm.control.VmConfiguration;
import dev.proa.vmm.control.VmConfiguration.BlockDevice;
import dev.proa.vmm.control.VmConfiguration.Boot;
import dev.proa.vmm.control.VmConfiguration.FsDevice;
import dev.proa.vmm.control.VmConfiguration.NetDevice;
import dev.proa.vmm.control.VmConfiguration.SnapshotFiles;
import dev.proa.vmm.control.VmConfiguration.Vsock;
import dev.proa.vmm.kvm.Kvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The distribution's kernel in microVMs. Needs a true KVM, so it runs in the lab (lab/inside/microvm), which gives the kernel and the initramfs of
 * src/test/guest by -Dproa.vmm.kernel and -Dproa.vmm.initramfs.
 */
final class StockKernelTest {
  /** A loaded machine under emulation is slow, a boot takes ten seconds there; nothing here is judged by time. Less than lab/inside/microvm allows. */
  private static final int DEADLINE_SECONDS = 200;

  private static final String COMMAND_LINE = "console=ttyS0 quiet reboot=t panic=-1 8250.nr_uarts=1 pci=off proa.test=";

  private static Fd kernel;
  private static Fd initramfs;
  private static Kvm kvm;

  @TempDir static Path temporary;

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

  private static VmConfiguration plain(int vcpus) {
    return new VmConfiguration(256, vcpus, List.of(), List.of(), null, List.of(), null);
  }

  private Machine boot(VmConfiguration configuration, String tests) throws Exception {
    long start = System.nanoTime();
    Boot boot = new Boot(kernel, initramfs, COMMAND_LINE + tests);
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
    } catch (TimeoutException e) {
      throw new AssertionError("the guest did not end; its output:\n" + output(machine) + "\n" + machine.stats(0), e);
    }
  }

  /** Waits until the output is as wanted; the machine's end comes first when it is not. */
  private static String until(Machine machine, Predicate<String> wanted) throws Exception {
    long deadline = System.nanoTime() + DEADLINE_SECONDS * 1_000_000_000L;
    while (!wanted.test(output(machine))) {
      assertThat(machine.ended().isDone()).as(output(machine)).isFalse();
      assertThat(System.nanoTime()).as(output(machine)).isLessThan(deadline);
      Thread.sleep(20); // until the guest has got there, however slow it is
    }
    return output(machine);
  }

  @Test
  void bootsToItsInitPokesTheBootTimerAndPowersOff() throws Exception {
    try (Machine machine = boot(plain(1), "hello,cpus,memory,random")) {
      Machine.End end = end(machine);
      Event.Stats stats = machine.stats(0);
      System.out.println("boot: init " + markers.get(1) / 1_000_000 + " ms, modules " + markers.get(2) / 1_000_000 + " ms, " + stats);
      assertThat(output(machine)).contains("TEST hello", "TEST cpus 1", "TEST random ok", "TEST end");
      assertThat(end.reason()).isEqualTo(ExitReason.POWER_OFF);
      assertThat(stats.deviceErrors()).isZero();
    }
  }

  @Test
  void rebootEndsInATripleFaultThatSaysWhere() throws Exception {
    try (Machine machine = boot(plain(2), "cpus,reboot")) {
      Machine.End end = end(machine);
      assertThat(output(machine)).contains("TEST cpus 2");
      assertThat(end.reason()).isEqualTo(ExitReason.TRIPLE_FAULT);
      assertThat(end.detail()).contains("rip 0x");
    }
  }

  @Test
  void disksAreReadAndWrittenAndTheReadOnlyOneStaysAsItIs() throws Exception {
    byte[] pattern = new byte[8 << 20];
    new Random(7).nextBytes(pattern);
    Path layer = Files.write(temporary.resolve("layer"), pattern);
    Path writable = Files.write(temporary.resolve("writable"), new byte[8 << 20]);
    VmConfiguration configuration =
        new VmConfiguration(
            256,
            1,
            List.of(
                new BlockDevice("layer0", Fs.open(layer.toString(), Fcntl.O_RDONLY), true),
                new BlockDevice("rw", Fs.open(writable.toString(), Fcntl.O_RDWR), false)),
            List.of(),
            null,
            List.of(),
            null);
    try (Machine machine = boot(configuration, "block proa.md5=" + md5(pattern))) {
      end(machine);
      assertThat(output(machine)).contains("TEST block ok");
      assertThat(machine.stats(0).deviceErrors()).as("the write to the read-only disk is the kernel's to refuse").isZero();
    }
    assertThat(Files.readAllBytes(writable)).isEqualTo(pattern);
    assertThat(Files.readAllBytes(layer)).isEqualTo(pattern);
  }

  @Test
  void anErofsLayerIsTheLowerDirectoryOfAnOverlay() throws Exception {
    Path tree = temporary.resolve("tree");
    Files.createDirectories(tree.resolve("etc"));
    Files.writeString(tree.resolve("etc/name"), "layer\n");
    Path image = temporary.resolve("layer.erofs");
    run("mkfs.erofs", image.toString(), tree.toString());
    BlockDevice disk = new BlockDevice("layer", Fs.open(image.toString(), Fcntl.O_RDONLY), true);
    try (Machine machine = boot(new VmConfiguration(256, 1, List.of(disk), List.of(), null, List.of(), null), "layers")) {
      end(machine);
      assertThat(output(machine)).contains("TEST layers ok");
    }
  }

  @Test
  void directoriesOfTheHostAreFileSystems() throws Exception {
    Path volume = Files.createDirectory(temporary.resolve("volume"));
    Files.writeString(volume.resolve("hello"), "from the host\n");
    Files.createSymbolicLink(volume.resolve("out"), Path.of("/etc"));
    Fd directory = Fs.open(volume.toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY);
    VmConfiguration configuration =
        new VmConfiguration(
            256, 1, List.of(), List.of(), null, List.of(new FsDevice("volume", directory, false), new FsDevice("readonly", directory.duplicate(), true)), null);
    // In a process of its own, which may do less than this one (Jail).
    try (VmmProcess vmm = new VmmProcess(temporary)) {
      Event.Ready ready = vmm.next(Event.Ready.class);
      vmm.call(new Command.Start(configuration, new Boot(kernel, initramfs, COMMAND_LINE + "fs")));
      Event.Booted init = vmm.next(Event.Booted.class);
      System.out.println(
          "boot: process to ready " + ready.sinceProcessStartNanos() / 1_000_000 + " ms, start to init " + init.sinceStartNanos() / 1_000_000
              + " ms, of these in the guest " + init.vcpuNanos() / 1_000_000 + " ms");
      vmm.next(Event.Booted.class);
      Event.Exited exited = vmm.next(Event.Exited.class);
      assertThat(new String(exited.serialTail(), StandardCharsets.UTF_8)).contains("TEST fs ok");
    }
    assertThat(Files.readString(volume.resolve("answer"))).isEqualTo("from the guest\n");
    assertThat(Files.getAttribute(volume.resolve("answer"), "unix:uid")).isEqualTo(1234);
    assertThat(Files.getAttribute(volume.resolve("answer"), "unix:mode")).isEqualTo(0100640);
    assertThat(Files.getLastModifiedTime(volume.resolve("answer")).toMillis()).isEqualTo(981173106000L);
    assertThat(Files.exists(volume.resolve("d"))).isFalse();
  }

  @Test
  void streamsGoThroughVsockInBothDirections() throws Exception {
    Path directory = Files.createDirectory(temporary.resolve("vsock"));
    String path = directory.resolve("v").toString();
    byte[] sent = new byte[2 << 20];
    new Random(9).nextBytes(sent);
    Fd listener = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_STREAM, 0);
    Sockets.bind(listener, path);
    Sockets.listen(listener, 1);
    Vsock vsock = new Vsock(3, listener, Fs.open(directory.toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY), "v");
    try (Fd fromGuest = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_STREAM, 0)) {
      Sockets.bind(fromGuest, path + "_1024");
      Sockets.listen(fromGuest, 1);
      try (Machine machine = boot(new VmConfiguration(256, 1, List.of(), List.of(), vsock, List.of(), null), "vsock")) {
        try (Fd hello = Sockets.accept(fromGuest)) {
          byte[] line = new byte[6];
          assertThat(Io.read(hello, line, 0, 6)).isEqualTo(6);
          assertThat(new String(line)).isEqualTo("hello\n");
        }
        try (Fd socket = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_STREAM, 0)) {
          Sockets.connect(socket, path);
          Io.writeFully(socket, "CONNECT 52\n".getBytes());
          byte[] one = new byte[1];
          StringBuilder answer = new StringBuilder();
          while (Io.read(socket, one, 0, 1) == 1 && one[0] != '\n') {
            answer.append((char) one[0]);
          }
          assertThat(answer.toString()).startsWith("OK ");
          byte[] received = new byte[sent.length];
          Thread writer =
              Thread.ofPlatform()
                  .start(
                      () -> {
                        try {
                          Io.writeFully(socket, sent);
                          Sockets.shutdown(socket, Socket.SHUT_WR);
                        } catch (IOException e) {
                          throw new IllegalStateException(e);
                        }
                      });
          for (int at = 0; at < received.length; ) {
            int n = Io.read(socket, received, at, received.length - at);
            assertThat(n).as("bytes behind the first " + at + ":\n" + output(machine)).isPositive();
            at += n;
          }
          assertThat(received).isEqualTo(sent);
          assertThat(Io.read(socket, one, 0, 1)).as("the guest's end of the stream").isZero();
          writer.join();
        }
        end(machine);
        assertThat(output(machine)).contains("TEST vsock ok");
      }
    }
  }

  @Test
  void packetsGoThroughATap() throws Exception {
    try (Tap tap = new Tap("proatest0")) {
      packetsGoThrough("proatest0", tap.fd());
    }
  }

  @Test
  void packetsGoThroughAPacketSocket() throws Exception {
    run("ip", "link", "add", "proatest1", "type", "veth", "peer", "name", "proatest2");
    try {
      run("ip", "link", "set", "proatest2", "address", "02:00:00:00:00:02", "up");
      // The JDK's NetworkInterface knows only those with an address.
      int index = Integer.parseInt(Files.readString(Path.of("/sys/class/net/proatest2/ifindex")).strip());
      packetsGoThrough("proatest1", PacketSockets.open(index, 4 << 20));
    } finally {
      run("ip", "link", "del", "proatest1");
    }
  }

  /** @param link the host's interface on the wire that {@code port} leads to */
  private void packetsGoThrough(String link, Fd port) throws Exception {
    byte[] big = new byte[4 << 20];
    new Random(8).nextBytes(big);
    Path www = Files.createTempDirectory(temporary, "www");
    Files.write(www.resolve("big"), big);
    run("ip", "addr", "add", "192.0.2.1/24", "dev", link);
    run("ip", "link", "set", link, "up");
    Process server = new ProcessBuilder("busybox", "httpd", "-f", "-p", "192.0.2.1:8080", "-h", www.toString()).inheritIO().start();
    NetDevice net = new NetDevice("eth0", port, HexFormat.of().parseHex("020000000002"));
    try (Machine machine = boot(new VmConfiguration(256, 1, List.of(), List.of(net), null, List.of(), null), "network proa.md5=" + md5(big))) {
      end(machine);
      assertThat(output(machine)).contains("TEST network ok");
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  @Test
  void aSnapshotGoesOnInTwoMachinesAfterPauses() throws Exception {
    Path memoryFile = temporary.resolve("memory");
    Path stateFile = temporary.resolve("state");
    int last;
    try (Machine machine = boot(plain(2), "ticks")) {
      until(machine, output -> output.contains("TEST tick 5 "));
      for (int i = 0; i < 50; i++) {
        machine.pause();
        machine.resume();
      }
      until(machine, output -> output.contains("TEST tick 20 "));
      machine.pause();
      long exits = machine.stats(0).exits();
      last = lastTick(output(machine));
      Thread.sleep(200);
      assertThat(machine.stats(0).exits()).as("nothing runs").isEqualTo(exits);
      assertThat(lastTick(output(machine))).isEqualTo(last);
      try (Fd memory = create(memoryFile);
          Fd state = create(stateFile)) {
        machine.snapshot(new SnapshotFiles(memory, state));
      }
      machine.resume();
      until(machine, output -> lastTick(output) > last + 10);
    }
    for (int clone = 0; clone < 2; clone++) {
      long start = System.nanoTime();
      try (Fd memory = Fs.open(memoryFile.toString(), Fcntl.O_RDONLY);
          Fd state = Fs.open(stateFile.toString(), Fcntl.O_RDONLY);
          Machine machine = Machine.restore(kvm, plain(2), new SnapshotFiles(memory, state), (marker, from) -> {})) {
        machine.start(true);
        until(machine, output -> output.contains("TEST tick"));
        System.out.println("restore: " + (System.nanoTime() - start) / 1_000_000 + " ms to the next output");
        until(machine, output -> lastTick(output) > last + 10);
        // the line that was being written when the snapshot was taken may be cut
        assertThat(output(machine)).contains("TEST tick " + (last + 5) + " ");
      }
    }
    try (Fd memory = Fs.open(memoryFile.toString(), Fcntl.O_RDONLY);
        Fd state = Fs.open(stateFile.toString(), Fcntl.O_RDONLY)) {
      assertThatThrownBy(() -> Machine.restore(kvm, plain(1), new SnapshotFiles(memory, state), (marker, from) -> {}))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("the snapshot is of a microVM with 256 MiB and 2 vCPUs");
    }
  }

  private static int lastTick(String output) {
    int last = 0;
    for (String line : output.split("\n")) {
      if (line.startsWith("TEST tick ") && line.split(" ").length >= 4) {
        last = Integer.parseInt(line.split(" ")[2]);
      }
    }
    return last;
  }

  private static Fd create(Path file) throws IOException {
    return Fs.openat(Fd.cwd(), file.toString(), Fcntl.O_RDWR | Fcntl.O_CREAT, 0600);
  }

  private static String md5(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
  }

  static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command) + ": " + output).isZero();
  }
}
