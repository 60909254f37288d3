package dev.proa.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.vmm.control.Command;
import dev.proa.vmm.control.Event;
import dev.proa.vmm.control.ExitReason;
import dev.proa.vmm.control.VmConfiguration;
import dev.proa.vmm.control.VmConfiguration.Boot;
import dev.proa.vmm.control.VmConfiguration.SnapshotFiles;
import dev.proa.vmm.kvm.MiniGuest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The VMM process from its start to its end, with kernels of a few instructions. */
final class MainTest {
  @TempDir Path directory;

  @BeforeAll
  static void needsKvm() {
    MiniGuest.needsKvm();
  }

  private static VmConfiguration small(Fd serial) {
    return new VmConfiguration(64, 1, List.of(), List.of(), null, List.of(), serial);
  }

  @Test
  void aGuestPokesTheBootTimerPrintsAndPowersOff() throws Exception {
    Path serial = directory.resolve("serial");
    try (VmmProcess vmm = new VmmProcess(directory);
        Fd kernel = MiniKernel.of(MiniKernel.POKE + MiniKernel.HI + MiniKernel.POWER_OFF);
        Fd output = Fs.openat(Fd.cwd(), serial.toString(), Fcntl.O_WRONLY | Fcntl.O_CREAT, 0600)) {
      assertThat(vmm.next(Event.Ready.class).sinceProcessStartNanos()).isPositive();
      vmm.call(new Command.Start(small(output), new Boot(kernel, null, "console=ttyS0")));
      Event.Booted booted = vmm.next(Event.Booted.class);
      assertThat(booted.marker()).isEqualTo(7);
      assertThat(booted.sinceStartNanos()).isGreaterThan(booted.vcpuNanos());
      Event.Exited exited = vmm.next(Event.Exited.class);
      assertThat(exited.reason()).isEqualTo(ExitReason.POWER_OFF);
      assertThat(new String(exited.serialTail(), StandardCharsets.US_ASCII)).isEqualTo("hi\n");
      assertThat(vmm.exitStatus()).isZero();
      assertThat(Files.readString(serial)).isEqualTo("hi\n");
    }
  }

  @Test
  void aSpinningGuestIsPausedSavedRestoredAndStopped() throws Exception {
    try (Fd memory = Io.memfdCreate("memory", 0);
        Fd state = Io.memfdCreate("state", 0)) {
      try (VmmProcess vmm = new VmmProcess(directory);
          Fd kernel = MiniKernel.of(MiniKernel.POKE + MiniKernel.SPIN)) {
        vmm.next(Event.Ready.class);
        assertThatThrownBy(() -> vmm.call(new Command.Pause())).hasMessageContaining("there is no microVM yet");
        vmm.call(new Command.Start(small(null), new Boot(kernel, null, "")));
        vmm.next(Event.Booted.class);
        try (var threads = Files.list(Path.of("/proc/" + vmm.process.pid() + "/task"))) {
          for (Path thread : threads.toList()) {
            try {
              assertThat(Files.readString(thread.resolve("status"))).as(thread.toString()).contains("Seccomp:\t2", "NoNewPrivs:\t1");
            } catch (NoSuchFileException e) {
              // a thread of the compiler that has ended since
            }
          }
        }
        assertThatThrownBy(() -> vmm.call(new Command.Start(small(null), new Boot(kernel, null, "")))).hasMessage("this VMM has its microVM already");
        for (int i = 0; i < 50; i++) {
          vmm.call(new Command.Pause());
          long exits = stats(vmm).exits();
          assertThat(stats(vmm).exits()).as("nothing runs").isEqualTo(exits);
          vmm.call(new Command.Resume());
        }
        // a pause that comes before a vCPU has gone on finds it parked still
        assertThat(stats(vmm).interruptedExits()).isPositive();
        vmm.call(new Command.Pause());
        vmm.call(new Command.Snapshot(new SnapshotFiles(memory, state)));
        vmm.call(new Command.Stop());
        assertThat(vmm.next(Event.Exited.class).reason()).isEqualTo(ExitReason.STOPPED);
        assertThat(vmm.exitStatus()).isZero();
      }
      try (VmmProcess vmm = new VmmProcess(directory)) {
        vmm.next(Event.Ready.class);
        vmm.call(new Command.Restore(small(null), new SnapshotFiles(memory, state), true));
        while (stats(vmm).pioExits() < 10) {
          Thread.onSpinWait();
        }
        vmm.client.close(); // as when the backend dies
        assertThat(vmm.exitStatus()).isZero();
      }
      Io.ftruncate(memory, 1 << 20);
      try (VmmProcess vmm = new VmmProcess(directory)) {
        vmm.next(Event.Ready.class);
        assertThatThrownBy(() -> vmm.call(new Command.Restore(small(null), new SnapshotFiles(memory, state), true)))
            .hasMessageContaining("the snapshot's memory has 1048576 bytes where 67108864 belong");
        assertThat(vmm.next(Event.Exited.class).reason()).isEqualTo(ExitReason.VMM_ERROR);
        vmm.exitStatus();
      }
    }
  }

  private static Event.Stats stats(VmmProcess vmm) throws Exception {
    return (Event.Stats) vmm.call(new Command.GetStats());
  }

  @Test
  void whatIsNoKernelIsRefusedInWordsAndTheProcessIsGone() throws Exception {
    try (VmmProcess vmm = new VmmProcess(directory);
        Fd kernel = Io.memfdCreate("kernel", 0)) {
      Io.writeFully(kernel, "MZ this is no kernel, and it is long enough to be read as a header of one".getBytes());
      vmm.next(Event.Ready.class);
      assertThatThrownBy(() -> vmm.call(new Command.Start(small(null), new Boot(kernel, null, "")))).hasMessageContaining("the kernel is no 64-bit little-endian ELF file");
      assertThat(vmm.next(Event.Exited.class).detail()).contains("no 64-bit little-endian ELF file");
      vmm.exitStatus();
    }
  }
}
