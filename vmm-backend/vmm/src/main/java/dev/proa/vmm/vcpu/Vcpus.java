package dev.proa.vmm.vcpu;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Processes;
import dev.proa.vmm.control.ExitReason;
import dev.proa.vmm.kvm.Vcpu;
import dev.proa.vmm.kvm.VcpuExit;
import dev.proa.vmm.legacy.LegacyDevices;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The threads that run vCPUs, one platform thread each: KVM_RUN blocks, and a vCPU is tied to its thread.
 *
 * <p>A pause sets immediate_exit and sends a signal, so that a KVM_RUN that is about to begin returns as well as one that is under way; a thread parks
 * only when KVM_RUN says EINTR, because only then pending I/O is complete.
 */
public final class Vcpus {
  /** Real-time, so that nobody else uses it. */
  public static final int KICK_SIGNAL = 38;

  private static final long STOP_MILLIS = 5_000;

  private final List<Runner> runners;
  private final Bus bus;
  private final LegacyDevices.Ending ending;
  private final Object lock = new Object();
  // Under the lock
  private boolean paused;
  private boolean stopping;
  private int parked;
  private int running;

  private volatile long firstRunNanos;

  public Vcpus(List<Vcpu> vcpus, Bus bus, LegacyDevices.Ending ending) {
    this.bus = bus;
    this.ending = ending;
    this.runners = vcpus.stream().map(Runner::new).toList();
  }

  /** Once. {@code run} false: paused from the beginning. */
  public void start(boolean run) throws ErrnoException {
    Processes.interruptWith(KICK_SIGNAL);
    synchronized (lock) {
      paused = !run;
      running = runners.size();
      for (Runner runner : runners) {
        runner.vcpu.requestExit(paused);
        runner.thread.start();
      }
    }
  }

  /** Returns when no vCPU runs and none has pending I/O. */
  public void pause() throws IOException {
    synchronized (lock) {
      paused = true;
      kick();
      while (parked < running) {
        await();
      }
    }
  }

  public void resume() {
    synchronized (lock) {
      paused = false;
      lock.notifyAll();
    }
  }

  /** Ends the threads; false when one does not end within seconds. */
  public boolean stop() throws IOException {
    List<Runner> others = new ArrayList<>();
    synchronized (lock) {
      stopping = true;
      lock.notifyAll();
      kick();
    }
    runners.stream().filter(runner -> runner.thread != Thread.currentThread()).forEach(others::add);
    for (Runner runner : others) {
      try {
        if (runner.thread.isAlive() && !runner.thread.join(java.time.Duration.ofMillis(STOP_MILLIS))) {
          return false;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }

  /** System.nanoTime() at the first KVM_RUN, 0 before. */
  public long firstRunNanos() {
    return firstRunNanos;
  }

  public long exits() {
    return runners.stream().mapToLong(runner -> runner.exits).sum();
  }

  public long pioExits() {
    return runners.stream().mapToLong(runner -> runner.pioExits).sum();
  }

  public long mmioExits() {
    return runners.stream().mapToLong(runner -> runner.mmioExits).sum();
  }

  public long interruptedExits() {
    return runners.stream().mapToLong(runner -> runner.interruptedExits).sum();
  }

  private void kick() throws ErrnoException {
    for (Runner runner : runners) {
      runner.vcpu.requestExit(true);
      if (runner.tid != 0 && !runner.ended) {
        Processes.tgkill(runner.tid, KICK_SIGNAL);
      }
    }
  }

  private void await() throws IOException {
    try {
      lock.wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while vCPUs stop", e);
    }
  }

  private final class Runner implements Runnable {
    private final Vcpu vcpu;
    private final Thread thread;
    // Under the lock
    private int tid;
    private boolean ended;
    // Written by the thread alone
    private volatile long exits;
    private volatile long pioExits;
    private volatile long mmioExits;
    private volatile long interruptedExits;

    Runner(Vcpu vcpu) {
      this.vcpu = vcpu;
      this.thread = Thread.ofPlatform().daemon().name("vcpu-" + vcpu.id()).unstarted(this);
    }

    @Override
    public void run() {
      synchronized (lock) {
        tid = Processes.gettid();
      }
      try {
        while (step()) {}
      } catch (IOException | RuntimeException | Error e) {
        ending.end(ExitReason.VMM_ERROR, "vCPU " + vcpu.id() + ": " + e);
      } finally {
        synchronized (lock) {
          ended = true;
          running--;
          lock.notifyAll();
        }
      }
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one writer
    private boolean step() throws IOException {
      if (firstRunNanos == 0) {
        firstRunNanos = System.nanoTime();
      }
      VcpuExit exit = vcpu.run();
      exits++;
      switch (exit) {
        case VcpuExit.Io io -> {
          pioExits++;
          bus.pio(io.out(), io.port(), io.size(), io.count(), io.data());
        }
        case VcpuExit.Mmio mmio -> {
          mmioExits++;
          bus.mmio(mmio.write(), mmio.address(), mmio.data());
        }
        case VcpuExit.Interrupted i -> {
          interruptedExits++;
          return park();
        }
        case VcpuExit.Shutdown s -> {
          return end(ExitReason.TRIPLE_FAULT, vcpu.describe());
        }
        case VcpuExit.Halted h -> {
          return end(ExitReason.VMM_ERROR, "halted for good: " + vcpu.describe());
        }
        case VcpuExit.FailEntry f -> {
          return end(ExitReason.FAIL_ENTRY, "hardware reason 0x" + Long.toHexString(f.hardwareReason()) + " on processor " + f.cpu() + ", " + vcpu.describe());
        }
        case VcpuExit.InternalError e -> {
          String data = Arrays.stream(e.data()).mapToObj(word -> "0x" + Long.toHexString(word)).collect(Collectors.joining(" "));
          return end(ExitReason.INTERNAL_ERROR, e.text() + ", data " + (data.isEmpty() ? "none" : data) + ", " + vcpu.describe());
        }
        case VcpuExit.SystemEvent e -> {
          return end(e.type() == 1 ? ExitReason.POWER_OFF : ExitReason.RESET, "system event " + e.type());
        }
        case VcpuExit.Unknown u -> {
          return end(ExitReason.VMM_ERROR, "KVM_RUN ended for reason " + u.reason() + ", which is not known here, " + vcpu.describe());
        }
      }
      return true;
    }

    private boolean end(ExitReason reason, String detail) {
      ending.end(reason, detail);
      return false;
    }

    /** False when it is time to end. */
    private boolean park() throws IOException {
      synchronized (lock) {
        vcpu.requestExit(false);
        if (paused && !stopping) {
          parked++;
          lock.notifyAll();
          while (paused && !stopping) {
            await();
          }
          parked--;
        }
        return !stopping;
      }
    }
  }
}
