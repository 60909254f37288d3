package dev.proa.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.proa.linux.Processes;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Stdio;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What processes cost the shim; {@code -Dproa.shim.processes=1000} for more of them than the 200 of every build. */
@Timeout(600)
class MemoryTest {
  private static final int PROCESSES = Integer.getInteger("proa.shim.processes", 200);

  /** Generous: measured are a few KiB. */
  private static final long PER_PROCESS = 32 << 10;

  private static final long AT_MOST = 160L << 20;

  @Test
  void memoryIsBoundedWithManyProcessesAndFlatWhenTheyComeAndGo() throws Exception {
    assumeThat(Processes.geteuid()).as("needs root").isZero();
    try (ShimUnderTest test = new ShimUnderTest()) {
      SpawnPlan.Builder builder = SpawnPlan.builder("many");
      ShimUnderTest.start(builder);
      builder.exec("run", List.of("/bin/sleep"), List.of("sleep", "1000"), List.of());
      SpawnPlan plan = builder.build();
      round(test, plan, 0); // warms up
      long start = residentBytes(test.shim.pid());
      fill(test, plan, 1);
      long full = residentBytes(test.shim.pid());
      empty(test, 1);
      long[] rounds = new long[3];
      for (int i = 0; i < rounds.length; i++) {
        round(test, plan, i + 2);
        rounds[i] = residentBytes(test.shim.pid());
      }
      System.out.printf(
          "resident memory of the shim: %d KiB, with %d processes %d KiB, after %d more %d, %d, %d KiB%n",
          start >> 10, PROCESSES, full >> 10, PROCESSES, rounds[0] >> 10, rounds[1] >> 10, rounds[2] >> 10);
      assertThat(full).isLessThan(AT_MOST);
      assertThat(full - start).as("growth by %s processes", PROCESSES).isLessThan(PER_PROCESS * PROCESSES + (16L << 20));
      assertThat(rounds[2]).as("after rounds %s", rounds).isLessThan(Math.max(full, rounds[0]) + (8L << 20));
    }
  }

  private static void round(ShimUnderTest test, SpawnPlan plan, int number) throws Exception {
    fill(test, plan, number);
    empty(test, number);
  }

  private static void fill(ShimUnderTest test, SpawnPlan plan, int round) throws Exception {
    for (int i = 0; i < PROCESSES; i++) {
      try (Spawned spawned = test.shim.spawn(SpawnRequest.of(round + "-" + i, plan).stdio(Stdio.PIPES))) {
        spawned.awaitReady();
      }
    }
  }

  private static void empty(ShimUnderTest test, int round) throws Exception {
    for (int i = 0; i < PROCESSES; i++) {
      try (var pidfd = test.shim.pidfd(round + "-" + i)) {
        pidfd.signal(9);
      }
    }
    for (int i = 0; i < PROCESSES; i++) {
      test.shim.exit(round + "-" + i).get(30, TimeUnit.SECONDS);
      test.shim.acknowledge(round + "-" + i);
    }
  }

  private static long residentBytes(int pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    throw new IOException("no VmRSS of " + pid);
  }
}
