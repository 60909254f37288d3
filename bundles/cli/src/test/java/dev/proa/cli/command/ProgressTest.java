package dev.proa.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private long now = 1;

  private String shown(Progress progress, String status, long current, long total) {
    bytes.reset();
    progress.show(Map.of("id", "abc", "status", status, "progressDetail", Map.of("current", current, "total", total)));
    return bytes.toString(StandardCharsets.UTF_8).replaceAll("\u001b\\[[0-9]*[A-Z]|[\r\n]", "");
  }

  @Test
  void aLayerShowsItsSpeedAndTheTimeThatIsLeft() {
    Progress progress = new Progress(out, true, false, () -> now);
    assertThat(shown(progress, "Downloading", 1_000_000, 101_000_000)).isEqualTo("abc: Downloading [>                         ] 1MB/101MB");
    now += 1_000_000_000;
    assertThat(shown(progress, "Downloading", 11_000_000, 101_000_000)).isEqualTo("abc: Downloading [==>                       ] 11MB/101MB  10MB/s  9s left");
    now += 100_000_000;
    assertThat(shown(progress, "Downloading", 11_500_000, 101_000_000)).endsWith("11.5MB/101MB  10MB/s  9s left");
    // What is unpacked has a pace of its own.
    assertThat(shown(progress, "Extracting", 2_000_000, 101_000_000)).isEqualTo("abc: Extracting [>                         ] 2MB/101MB");
    now += 1_000_000_000;
    assertThat(shown(progress, "Extracting", 3_000_000, 101_000_000)).endsWith("3MB/101MB  1MB/s  1m38s left");
    now += 1_000_000_000;
    assertThat(shown(progress, "Extracting", 101_000_000, 101_000_000)).contains("[=========================>] 101MB/101MB").doesNotContain("left");
    assertThat(shown(progress, "Pull complete", 0, 0)).isEqualTo("abc: Pull complete");
  }

  @Test
  void withoutATerminalOnlyChangesAreLines() {
    Progress progress = new Progress(out, false, false, () -> now);
    assertThat(shown(progress, "Downloading", 0, 0)).isEqualTo("abc: Downloading");
    assertThat(shown(progress, "Downloading", 5, 10)).isEmpty();
  }
}
