package dev.proa.vmm.legacy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.Io;
import dev.proa.linux.Pipe;
import dev.proa.vmm.control.ExitReason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SerialTest {
  private final List<Boolean> line = new ArrayList<>();
  private final List<Integer> markers = new ArrayList<>();
  private final List<ExitReason> ends = new ArrayList<>();

  private LegacyDevices devices(SerialOutput output) {
    return new LegacyDevices(output, line::add, markers::add, (reason, detail) -> ends.add(reason));
  }

  @Test
  void whatIsWrittenGoesOutAndTheInterruptAsksForMore() throws Exception {
    SerialOutput output = new SerialOutput(null);
    LegacyDevices devices = devices(output);
    devices.write(0x3f8, 'a');
    assertThat(line).as("no interrupt before it is enabled").isEmpty();
    devices.write(0x3f9, 2);
    assertThat(line).containsExactly(true);
    assertThat(devices.read(0x3fa)).as("IIR: transmitter empty").isEqualTo(0xc2);
    assertThat(line).containsExactly(true, false);
    devices.write(0x3f8, 'b');
    assertThat(line).containsExactly(true, false, true);
    devices.write(0x3fb, 0x83); // the divisor's latch takes the place of the data register
    devices.write(0x3f8, 1);
    assertThat(devices.read(0x3f8)).isEqualTo(1);
    assertThat(devices.read(0x3fd)).as("LSR").isEqualTo(0x60);
    devices.write(0x3fc, 0x1f);
    assertThat(devices.read(0x3fe)).as("looped back").isEqualTo(0xf0);
    assertThat(new String(output.tail(), StandardCharsets.US_ASCII)).isEqualTo("ab");
  }

  @Test
  void aReaderThatDoesNotReadCostsOutputAndNoTime() throws Exception {
    try (Pipe pipe = Io.pipe2(0)) {
      SerialOutput output = new SerialOutput(pipe.writeEnd().duplicate());
      LegacyDevices devices = devices(output);
      for (int i = 0; i < 1 << 20; i++) {
        devices.write(0x3f8, 'a' + i % 26);
      }
      assertThat(output.bytes()).isEqualTo(1L << 20);
      assertThat(output.dropped()).isBetween(1L << 19, 1L << 20);
      assertThat(output.tail()).hasSize(8192).endsWith((byte) ('a' + ((1 << 20) - 1) % 26));
      output.close(); // waits a little and goes
    }
  }

  @Test
  void portsEndTheGuestAndTellTheTime() throws Exception {
    LegacyDevices devices = devices(new SerialOutput(null));
    devices.write(0x610, 3);
    devices.write(0x64, 0xfe);
    devices.write(0x600, 0x34);
    devices.write(0x602, 1);
    devices.write(0x70, 1);
    assertThat(devices.read(0xcf8)).isEqualTo(0xff);
    assertThat(markers).containsExactly(3);
    assertThat(ends).containsExactly(ExitReason.RESET, ExitReason.POWER_OFF, ExitReason.RESET);
  }
}
