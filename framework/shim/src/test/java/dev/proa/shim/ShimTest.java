package dev.proa.shim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.spawn.Spawned;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Stdio;
import dev.proa.spawn.Streams;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ShimTest {
  private static ShimUnderTest test;

  @BeforeAll
  static void start() throws Exception {
    test = new ShimUnderTest();
  }

  @AfterAll
  static void stop() throws Exception {
    test.close();
  }

  @Test
  void aCommandRunsAndItsOutputAndExitCodeComeBack() throws Exception {
    SpawnRequest request = SpawnRequest.of("hello", ShimUnderTest.shell("hello", "echo out; echo err >&2; exit 7")).stdio(Stdio.OUTPUT);
    try (Spawned spawned = test.shim.spawn(request)) {
      spawned.awaitReady();
      try (Streams streams = test.shim.streams("hello")) {
        assertThat(ShimUnderTest.readAll(streams.stdout().orElseThrow())).isEqualTo("out\n");
        assertThat(ShimUnderTest.readAll(streams.stderr().orElseThrow())).isEqualTo("err\n");
      }
      var exit = test.shim.exit("hello").get(10, TimeUnit.SECONDS);
      assertThat(exit.pid()).isEqualTo(spawned.pid());
      assertThat(exit.status().orElseThrow().exitCode()).isEqualTo(7);
      test.shim.acknowledge("hello");
    }
  }
}
