package dev.proa.microvm;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Socket;
import dev.proa.microvm.agent.Agent;
import dev.proa.microvm.agent.AgentBinary;
import dev.proa.microvm.guest.KernelStore;
import dev.proa.namespace.plan.HostFacts;
import dev.proa.namespace.plan.MonitorPlanner;
import dev.proa.namespace.plan.MonitorPlanner.HostPath;
import dev.proa.namespace.plan.MonitorPlanner.Monitor;
import dev.proa.spi.oci.Spec;
import dev.proa.vmm.control.Command;
import dev.proa.vmm.control.Event;
import dev.proa.vmm.control.VmConfiguration;
import dev.proa.vmm.control.VmConfiguration.Boot;
import dev.proa.vmm.control.VmConfiguration.FsDevice;
import dev.proa.vmm.control.VmConfiguration.NetDevice;
import dev.proa.vmm.control.VmConfiguration.SnapshotFiles;
import dev.proa.vmm.control.VmConfiguration.Vsock;
import dev.proa.vmm.control.VmmClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Guests by Proa's own VMM, a JVM for each. It is jailed by its plan: namespaces of its own (mount, pid, network, ipc, uts), a root that has the JDK, the C
 * library and the VMM's jars read-only, /proc of its own and the container's files, no way to more privileges, and of the capabilities those that a file server
 * for any owner's files takes. /dev/kvm comes as a descriptor.
 */
final class VmmHypervisor implements Hypervisor {
  private static final String TAG = "proa";
  private static final String SHARE_IN_GUEST = "/share";
  /** In the monitor's root, where what the guest connects to arrives. From there nothing else of the host is to be reached. */
  private static final String SOCKETS = "/vsock";
  private static final String GROUP = "/sys/fs/cgroup/container";
  private static final int GUEST_CID = 3;
  private static final int CONTROL_NUMBER = 250;
  private static final int KVM_NUMBER = 251;
  private static final long STOP_MILLIS = 5_000;
  private static final long SNAPSHOT_MILLIS = 120_000;
  private static final int ENTROPY_BYTES = 256;
  private static final long NOFILE = 65_536;

  /** virtio-fs served to a guest that may have files of any owner and mode; chown(2), mknod(2), setxattr(2) of capabilities(7) need each of them. */
  private static final List<String> CAPABILITIES =
      List.of(
          "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_SETGID", "CAP_SETUID", "CAP_MKNOD", "CAP_SETFCAP");

  /** Without a console nothing is said about a panic; the other options save probes of what is not there, see docs/microvm.md. */
  private static final String COMMAND_LINE = "console=ttyS0 quiet reboot=t panic=-1 pci=off 8250.nr_uarts=1 proa.marker=" + Event.BOOT_TIMER_PORT;

  private final Path javaHome;
  private final Path library;
  private final KernelStore kernels;
  private final Path runDir;
  private final String buildId;
  private final Path cache;
  private final boolean warm;
  private final Snapshots snapshots;
  private final SecureRandom random = new SecureRandom();

  /**
   * @param library folder of the VMM's jars
   * @param runDir where the initramfs of the newest kernel lies, and snapshots
   * @param buildId another one for other jars: a snapshot is of one VMM
   * @param cache the JVM's start-up cache for it, which need not be there
   * @param warm whether guests go on from snapshots
   */
  VmmHypervisor(Path javaHome, Path library, KernelStore kernels, Path runDir, String buildId, Path cache, boolean warm) {
    this.javaHome = javaHome;
    this.library = library;
    this.kernels = kernels;
    this.runDir = runDir;
    this.buildId = buildId;
    this.cache = cache;
    this.warm = warm;
    this.snapshots = new Snapshots(runDir.resolve("snapshots"));
  }

  @Override
  public @Nullable String missing() {
    String host = HostCheck.missing();
    if (host != null) {
      return host;
    }
    try {
      kernels.newest();
      return jars().isEmpty() ? "there is no VMM in " + library : null;
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  private List<Path> jars() throws IOException {
    try (Stream<Path> files = Files.list(library)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    } catch (java.nio.file.NoSuchFileException e) {
      return List.of();
    }
  }

  @Override
  public HostFacts guestFacts() throws IOException {
    String[] version = kernels.newest().version().split("[^0-9]+");
    int lastCapability = dev.proa.namespace.plan.CapabilityNames.ALL.size() - 1;
    return new HostFacts(
        Integer.parseInt(version[0]), Integer.parseInt(version[1]), 1L << 20, (1L << lastCapability + 1) - 1, lastCapability, false);
  }

  @Override
  public Prepared prepare(Path folder) throws IOException {
    Map<String, Fd> given = new LinkedHashMap<>();
    List<Fd> control = new ArrayList<>();
    Path sockets = folder.resolve(GuestNames.FOLDER);
    try {
      Sockets.SocketPair pair = Sockets.socketpair(Socket.SOCK_SEQPACKET);
      control.add(pair.first());
      given.put("control", pair.second());
      given.put("kvm", Fs.open("/dev/kvm", Fcntl.O_RDWR));
      control.add(listener(folder));
      return new Prepared(new Monitor(process(), hostPaths(), Map.of(SOCKETS, sockets.toString()), List.of("/dev/null", "/dev/random", "/dev/urandom"), numbers()), given, control);
    } catch (IOException | RuntimeException e) {
      Fd.closeAll(given.values());
      Fd.closeAll(control);
      throw e;
    }
  }

  private static Map<String, Integer> numbers() {
    return Map.of("control", CONTROL_NUMBER, "kvm", KVM_NUMBER);
  }

  private static Fd listener(Path folder) throws IOException {
    Fd socket = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_STREAM, 0);
    try (Fd directory = Fs.open(folder.toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
      // A socket's path has 107 bytes at most.
      Sockets.bind(socket, "/proc/self/fd/" + directory.raw() + "/" + AGENT);
      Sockets.listen(socket, 64);
      return socket;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private Spec.Process process() throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.add(javaHome.resolve("bin").resolve("java").toString());
    // As small and as soon there as a JVM can be: its heap is for bookkeeping, guest memory is not in it.
    arguments.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx96m", "-Xss512k", "-XX:-UsePerfData", "-XX:+DisableAttachMechanism"));
    if (Files.exists(cache)) {
      // Made by proad --prepare; one that the JVM does not take costs a look at it, and nothing is said.
      arguments.addAll(List.of("-XX:AOTCache=" + cache, "-Xlog:aot*=off", "-Xlog:cds*=off"));
    }
    arguments.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Djava.io.tmpdir=/tmp", "-cp"));
    arguments.add(String.join(":", jars().stream().map(Path::toString).toList()));
    arguments.addAll(List.of("dev.proa.vmm.Main", Integer.toString(CONTROL_NUMBER), Integer.toString(KVM_NUMBER)));
    return new Spec.Process(
        false, null, new Spec.User(0, 0, null, List.of()), arguments, List.of("LANG=C.UTF-8", "PATH=/"), "/",
        new Spec.Capabilities(CAPABILITIES, CAPABILITIES, List.of(), CAPABILITIES, List.of()),
        List.of(new Spec.Rlimit("RLIMIT_CORE", 0, 0), new Spec.Rlimit("RLIMIT_NOFILE", NOFILE, NOFILE)), true, null, null);
  }

  /** What a JVM needs to run: itself, the dynamic loader and the C library's folder, and the VMM. */
  private List<HostPath> hostPaths() throws IOException {
    List<HostPath> paths = new ArrayList<>();
    for (String path : List.of("/lib", "/lib64", "/usr/lib64", "/usr/lib/x86_64-linux-gnu")) {
      Path file = Path.of(path);
      if (Files.isSymbolicLink(file)) {
        paths.add(new HostPath(path, true, Files.readSymbolicLink(file).toString()));
      } else if (Files.isDirectory(file)) {
        paths.add(new HostPath(path, true, ""));
      }
    }
    paths.add(new HostPath(javaHome.toString(), true, ""));
    try (Stream<Path> configurations = Files.list(Path.of("/etc"))) {
      // Debian's own JDKs have their configuration there, behind links.
      configurations.filter(file -> file.getFileName().toString().matches("java-\\d+-openjdk")).forEach(file -> paths.add(new HostPath(file.toString(), true, "")));
    }
    paths.add(new HostPath(library.toString(), true, ""));
    if (Files.exists(cache)) {
      paths.add(new HostPath(cache.toString(), false, ""));
    }
    return paths;
  }

  @Override
  public GuestBoot boot(List<Fd> control, int monitorPid, GuestSpec.Size size, Duration time) throws IOException {
    KernelStore.Kernel kernel = kernels.newest();
    Path initramfs = initramfs(kernel);
    // By way of /proc: the share is in the monitor's own mount namespace and nowhere else.
    String root = "/proc/" + monitorPid + "/root";
    try (GuestNetwork network = GuestNetwork.take(monitorPid);
        Fd share = Fs.open(root + MonitorPlanner.SHARE, Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        Fd sockets = Fs.open(root + SOCKETS, Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        Fd vmlinux = Fs.open(kernel.vmlinux().toString(), Fcntl.O_RDONLY);
        Fd initrd = Fs.open(initramfs.toString(), Fcntl.O_RDONLY)) {
      VmConfiguration configuration =
          new VmConfiguration(
              size.memoryMib(),
              size.vcpus(),
              List.of(),
              network.cards().stream().map(card -> new NetDevice(card.name(), card.port(), card.mac())).toList(),
              new Vsock(GUEST_CID, control.get(1), sockets, AGENT),
              List.of(new FsDevice(TAG, share, false)),
              null);
      String key =
          !warm
              ? ""
              : Snapshots.key(
                  List.of(initramfs.getFileName().toString(), COMMAND_LINE, buildId, size.toString(), Integer.toString(network.cards().size())));
      SnapshotFiles snapshot = warm ? snapshots.open(key) : null;
      if (snapshot == null) {
        call(control, new Command.Start(configuration, new Boot(vmlinux, initrd, COMMAND_LINE)), time.toMillis());
        return new GuestBoot(network, key, false);
      }
      try (Fd memory = snapshot.memory();
          Fd state = snapshot.state()) {
        call(control, new Command.Restore(configuration, snapshot, true), time.toMillis());
        return new GuestBoot(network, key, true);
      } catch (IOException e) {
        snapshots.discard(key);
        throw e;
      }
    }
  }

  @Override
  public void unfit(GuestBoot boot) {
    if (boot.restored()) {
      snapshots.discard(boot.snapshot());
    }
  }

  /** The guest has been asked to do nothing yet; it stands still meanwhile. */
  private static void snapshot(List<Fd> control, SnapshotFiles files) throws IOException {
    try {
      call(control, new Command.Snapshot(files), SNAPSHOT_MILLIS);
    } finally {
      call(control, new Command.Resume(), STOP_MILLIS);
    }
  }

  /** One for each kernel and agent, made when it is needed first. */
  private synchronized Path initramfs(KernelStore.Kernel kernel) throws IOException {
    byte[] agent = AgentBinary.bytes();
    Path file = runDir.resolve("initramfs-" + kernel.digest().substring(0, 12) + "-" + Integer.toHexString(java.util.Arrays.hashCode(agent)));
    if (!Files.exists(file)) {
      KernelStore.writeInitramfs(kernel, agent, file);
    }
    return file;
  }

  private static void call(List<Fd> control, Command command, long millis) throws IOException {
    if (control.isEmpty()) {
      throw new IOException("the microVM's monitor is gone");
    }
    VmmClient client = new VmmClient(control.getFirst().duplicate(), event -> {});
    try {
      client.call(command, millis);
    } finally {
      client.detach();
    }
  }

  @Override
  public String share() {
    return SHARE_IN_GUEST;
  }

  @Override
  public String group() {
    return GROUP;
  }

  @Override
  public void settle(List<Fd> control, Agent agent, GuestBoot boot) throws IOException {
    GuestNetwork network = boot.network();
    if (boot.restored()) {
      byte[] entropy = new byte[ENTROPY_BYTES];
      random.nextBytes(entropy);
      agent.refresh(Instant.now(), entropy);
    } else if (warm) {
      snapshots.take(boot.snapshot(), files -> snapshot(control, files));
    }
    agent.mount(TAG, SHARE_IN_GUEST, "virtiofs", 0, "");
    network.setUp(agent);
    if (!network.cards().isEmpty()) {
      agent.serveNames();
    }
  }

  @Override
  public void pause(List<Fd> control, Path folder) throws IOException {
    call(control, new Command.Pause(), STOP_MILLIS);
  }

  @Override
  public void resume(List<Fd> control, Path folder) throws IOException {
    call(control, new Command.Resume(), STOP_MILLIS);
  }

  /** Stops it, because its last message has all there is to know: why it ended, its registers and the end of its serial output. */
  @Override
  public String autopsy(List<Fd> control) {
    if (control.isEmpty()) {
      return "";
    }
    AtomicReference<Event.@Nullable Exited> last = new AtomicReference<>();
    try {
      VmmClient client =
          new VmmClient(
              control.getFirst().duplicate(),
              event -> {
                if (event instanceof Event.Exited exited) {
                  last.set(exited);
                }
              });
      try {
        client.call(new Command.Stop(), STOP_MILLIS);
      } catch (IOException gone) {
        // Then its last message is there already.
      }
      client.ended().get(STOP_MILLIS, TimeUnit.MILLISECONDS);
      client.detach();
    } catch (IOException | ExecutionException | TimeoutException e) {
      return "the monitor does not answer either";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Event.Exited exited = last.get();
    return exited == null ? "the monitor was killed" : text(exited);
  }

  private static String text(Event.Exited exited) {
    String serial = new String(exited.serialTail(), StandardCharsets.UTF_8).strip();
    List<String> lines = serial.lines().toList();
    String tail = String.join(" | ", lines.subList(Math.max(0, lines.size() - 8), lines.size())).replaceAll("[^\\x20-\\x7e]", "?");
    return exited.reason().text() + (exited.detail().isEmpty() ? "" : ": " + exited.detail()) + (tail.isEmpty() ? "" : "; its last words: " + tail);
  }
}
