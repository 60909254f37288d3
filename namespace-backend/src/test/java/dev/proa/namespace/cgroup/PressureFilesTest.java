package dev.proa.namespace.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.spi.isolation.TaskStats.Pressure;
import dev.proa.spi.isolation.TaskStats.Stall;
import org.junit.jupiter.api.Test;

class PressureFilesTest {
  @Test
  void bothLinesAreRead() {
    String text = "some avg10=1.53 avg60=0.87 avg300=0.20 total=1234567\nfull avg10=0.00 avg60=0.01 avg300=0.00 total=89\n";
    assertThat(PressureFiles.parse(text)).isEqualTo(new Pressure(new Stall(1.53, 0.87, 0.20, 1_234_567), new Stall(0, 0.01, 0, 89)));
  }

  @Test
  void processorsOfOldKernelsHaveOneLine() {
    assertThat(PressureFiles.parse("some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n")).isEqualTo(new Pressure(new Stall(0, 0, 0, 5), null));
  }

  @Test
  void aKernelThatDoesNotCountTellsNothing() {
    assertThat(PressureFiles.parse("")).isNull();
    assertThat(PressureFiles.read("/nosuch")).isEmpty();
  }
}
