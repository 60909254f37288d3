package dev.proa.vmm;

import dev.proa.linux.Fd;
import dev.proa.vmm.control.Command;
import dev.proa.vmm.control.Event;
import dev.proa.vmm.control.ExitReason;
import dev.proa.vmm.control.VmmChannel;
import dev.proa.vmm.jail.Jail;
import dev.proa.vmm.kvm.Kvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The VMM process: {@code Main CONTROL_FD [KVM_FD]}. One microVM, then it ends. */
public final class Main {
  private static final int USAGE = 2;
  private static final int USER_HZ = 100;

  private final VmmChannel channel;
  private final Kvm kvm;
  private final CompletableFuture<Machine.End> ended = new CompletableFuture<>();
  private volatile @Nullable Machine machine;
  private volatile long startNanos;

  private Main(VmmChannel channel, Kvm kvm) {
    this.channel = channel;
    this.kvm = kvm;
  }

  public static void main(String[] arguments) {
    if (arguments.length == 1 && arguments[0].equals(Training.ARGUMENT)) {
      try {
        Training.run();
      } catch (IOException | ReflectiveOperationException e) {
        System.err.println("proa-vmm: training: " + e);
        System.exit(1);
      }
      return;
    }
    if (arguments.length < 1 || arguments.length > 2) {
      System.err.println("usage: Main CONTROL_FD [KVM_FD]    (started by proa's microVM backend)");
      System.exit(USAGE);
    }
    int status;
    try {
      VmmChannel channel = new VmmChannel(Fd.owning(Integer.parseInt(arguments[0])));
      try {
        Kvm kvm = arguments.length > 1 ? Kvm.of(Fd.owning(Integer.parseInt(arguments[1]))) : Kvm.open();
        status = serve(channel, kvm);
      } catch (IOException e) {
        channel.send(new Event.Exited(ExitReason.VMM_ERROR, String.valueOf(e.getMessage()), new byte[0]));
        status = 1;
      }
    } catch (IOException | IllegalArgumentException e) {
      System.err.println("proa-vmm: " + e.getMessage());
      status = 1;
    }
    Runtime.getRuntime().halt(status); // no hooks, no waiting for threads of vCPUs
  }

  /** Until the end of the microVM, or of the other end of the channel. */
  static int serve(VmmChannel channel, Kvm kvm) throws IOException {
    return new Main(channel, kvm).serve();
  }

  private int serve() throws IOException {
    channel.send(new Event.Ready(VmmChannel.PROTOCOL_VERSION, sinceProcessStartNanos()));
    Thread.ofPlatform().daemon().name("control").start(this::receive);
    Machine.End end = ended.join();
    Machine last = machine;
    byte[] tail = {};
    if (last != null) {
      last.close();
      tail = last.serialTail();
    }
    try {
      channel.send(new Event.Exited(end.reason(), end.detail(), tail));
    } catch (IOException e) {
      System.err.println("proa-vmm: " + end.reason().text() + ", and nobody is there to hear it");
    }
    return 0;
  }

  /** In steps of 10 ms, by the clock that no one sets; 0 without /proc. */
  private static long sinceProcessStartNanos() {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      String[] behindName = stat.substring(stat.lastIndexOf(')') + 2).split(" "); // proc(5): the first is field 3, starttime is field 22
      double uptimeSeconds = Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
      return (long) (uptimeSeconds * 1e9) - Long.parseLong(behindName[19]) * (1_000_000_000 / USER_HZ);
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  private void receive() {
    try {
      for (VmmChannel.Received received = channel.receive(); received != null; received = channel.receive()) {
        answer(received);
      }
      ended.complete(new Machine.End(ExitReason.STOPPED, "the backend is gone"));
    } catch (IOException | RuntimeException | Error e) {
      ended.complete(new Machine.End(ExitReason.VMM_ERROR, "control: " + e));
    }
  }

  private void answer(VmmChannel.Received received) throws IOException {
    int sequence = received.sequence();
    try {
      Event answer = carryOut(sequence, received.command());
      if (answer != null) {
        channel.send(answer);
      }
    } catch (IOException | RuntimeException e) {
      channel.send(new Event.Failed(sequence, e instanceof IOException ? String.valueOf(e.getMessage()) : e.toString()));
      if (machine == null && (received.command() instanceof Command.Start || received.command() instanceof Command.Restore)) {
        ended.complete(new Machine.End(ExitReason.VMM_ERROR, "the microVM could not be made: " + e.getMessage()));
      }
    }
  }

  private @Nullable Event carryOut(int sequence, Command command) throws IOException {
    switch (command) {
      case Command.Start start -> {
        blank();
        startNanos = System.nanoTime();
        Machine made = Machine.boot(kvm, start.configuration(), start.boot(), this::booted);
        start.boot().kernel().close();
        Fd initramfs = start.boot().initramfs();
        if (initramfs != null) {
          initramfs.close();
        }
        run(made, !start.configuration().fsDevices().isEmpty(), true);
      }
      case Command.Restore restore -> {
        blank();
        startNanos = System.nanoTime();
        Machine made = Machine.restore(kvm, restore.configuration(), restore.files(), this::booted);
        restore.files().memory().close();
        restore.files().state().close();
        run(made, !restore.configuration().fsDevices().isEmpty(), restore.run());
      }
      case Command.Pause p -> running().pause();
      case Command.Resume r -> running().resume();
      case Command.Snapshot s -> {
        running().pause();
        try (Fd memory = s.files().memory();
            Fd state = s.files().state()) {
          running().snapshot(s.files());
        }
      }
      case Command.GetStats g -> {
        return running().stats(sequence);
      }
      case Command.Stop s -> {
        channel.send(new Event.Done(sequence));
        ended.complete(new Machine.End(ExitReason.STOPPED, ""));
        return null;
      }
    }
    return new Event.Done(sequence);
  }

  private void run(Machine made, boolean files, boolean run) throws IOException {
    machine = made;
    Jail.confine(files);
    made.ended().thenAccept(ended::complete);
    made.start(run);
  }

  private void blank() throws IOException {
    if (machine != null) {
      throw new IOException("this VMM has its microVM already");
    }
  }

  private Machine running() throws IOException {
    Machine current = machine;
    if (current == null) {
      throw new IOException("there is no microVM yet: Start or Restore comes first");
    }
    return current;
  }

  private void booted(int marker, Machine from) {
    long now = System.nanoTime();
    try {
      channel.send(new Event.Booted(marker, now - startNanos, now - from.firstRunNanos()));
    } catch (IOException e) {
      System.err.println("proa-vmm: boot timer: " + e.getMessage());
    }
  }
}
