package dev.proa.vmm.virtio.block;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.vmm.memory.GuestMemory;
import dev.proa.vmm.virtio.TestDriver;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BlockDeviceTest {
  private static final int SECTORS = 64;

  @TempDir Path directory;

  private byte[] contents;
  private Path file;

  private TestDriver driver(boolean readOnly) throws Exception {
    contents = new byte[SECTORS * 512 + 100]; // a last sector that is not whole is none
    new Random(1).nextBytes(contents);
    file = Files.write(directory.resolve("disk"), contents);
    Fd fd = Fs.open(file.toString(), readOnly ? Fcntl.O_RDONLY : Fcntl.O_RDWR);
    return new TestDriver(GuestMemory.anonymous(TestDriver.MEMORY), new BlockDevice("disk0", fd, readOnly)).start(0);
  }

  private static byte[] header(int type, long sector) {
    return ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt(type).putInt(0).putLong(sector).array();
  }

  private static int status(TestDriver.Used used) {
    return used.bytes()[used.bytes().length - 1];
  }

  @Test
  void readsSectorsIntoHoweverManyPieces() throws Exception {
    try (TestDriver driver = driver(true)) {
      assertThat(driver.read(0x100)).as("capacity").isEqualTo(SECTORS);
      TestDriver.Used used = driver.send(0, List.of(header(0, 3)), 100, 400, 512, 12, 1);
      assertThat(status(used)).isZero();
      assertThat(used.written()).isEqualTo(1025);
      assertThat(Arrays.copyOf(used.bytes(), 1024)).isEqualTo(Arrays.copyOfRange(contents, 3 * 512, 5 * 512));
      byte[] header = header(0, 63);
      used = driver.send(0, List.of(Arrays.copyOf(header, 5), Arrays.copyOfRange(header, 5, 16)), 513);
      assertThat(status(used)).as("a header in two pieces, data and status in one").isZero();
      assertThat(Arrays.copyOf(used.bytes(), 512)).isEqualTo(Arrays.copyOfRange(contents, 63 * 512, 64 * 512));
    }
  }

  @Test
  void writesFlushesAndNamesItself() throws Exception {
    try (TestDriver driver = driver(false)) {
      byte[] data = new byte[1024];
      new Random(2).nextBytes(data);
      assertThat(status(driver.send(0, List.of(header(1, 62), Arrays.copyOf(data, 10), Arrays.copyOfRange(data, 10, 1024)), 1))).isZero();
      assertThat(status(driver.send(0, List.of(header(4, 0)), 1))).isZero();
      assertThat(Arrays.copyOfRange(Files.readAllBytes(file), 62 * 512, 64 * 512)).isEqualTo(data);
      assertThat(new String(driver.send(0, List.of(header(8, 0)), 20, 1).bytes(), 0, 5)).isEqualTo("disk0");
    }
  }

  @Test
  void discardsAndWritesZeroes() throws Exception {
    try (TestDriver driver = driver(false)) {
      byte[] range = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(8).putInt(16).putInt(0).array();
      assertThat(status(driver.send(0, List.of(header(11, 0), range), 1))).isZero();
      byte[] zeroed = Files.readAllBytes(file);
      assertThat(Arrays.copyOfRange(zeroed, 8 * 512, 24 * 512)).isEqualTo(new byte[16 * 512]);
      assertThat(Arrays.copyOfRange(zeroed, 24 * 512, zeroed.length)).isEqualTo(Arrays.copyOfRange(contents, 24 * 512, contents.length));
      range = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(32).putInt(1).putInt(1).array();
      assertThat(status(driver.send(0, List.of(header(13, 0), range), 1))).isZero();
      assertThat(Arrays.copyOfRange(Files.readAllBytes(file), 32 * 512, 33 * 512)).isEqualTo(new byte[512]);
      range = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(SECTORS - 1).putInt(2).putInt(0).array();
      assertThat(status(driver.send(0, List.of(header(11, 0), range), 1))).as("beyond the end").isEqualTo(1);
    }
  }

  @Test
  void whatDoesNotFitIsAnErrorAndNoMore() throws Exception {
    try (TestDriver driver = driver(true)) {
      assertThat(status(driver.send(0, List.of(header(0, SECTORS)), 512, 1))).as("behind the end").isEqualTo(1);
      assertThat(status(driver.send(0, List.of(header(0, SECTORS - 1)), 1024, 1))).as("across the end").isEqualTo(1);
      assertThat(status(driver.send(0, List.of(header(0, -1)), 512, 1))).as("a negative sector").isEqualTo(1);
      assertThat(status(driver.send(0, List.of(header(0, 0)), 100, 1))).as("part of a sector").isEqualTo(1);
      assertThat(status(driver.send(0, List.of(header(1, 0), new byte[512]), 1))).as("a write to a read-only disk").isEqualTo(1);
      assertThat(status(driver.send(0, List.of(header(99, 0)), 1))).as("an unknown request").isEqualTo(2);
      assertThat(status(driver.send(0, List.of(new byte[3]), 1))).as("a short header").isEqualTo(1);
      assertThat(Files.readAllBytes(file)).isEqualTo(contents);
      assertThat(status(driver.send(0, List.of(header(0, 0)), 512, 1))).as("and it goes on").isZero();
      assertThat(driver.transport.metrics().errors()).isEqualTo(6);
    }
  }

  @Test
  void aRequestWithoutRoomForItsStatusNeedsAReset() throws Exception {
    try (TestDriver driver = driver(true)) {
      driver.add(0, List.of(header(0, 0)));
      driver.notifyQueue(0);
      driver.awaitNeedsReset();
      assertThat(driver.read(0x60) & 2).as("told by an interrupt").isEqualTo(2);
    }
  }

  @Test
  void aFileThatBecameShorterIsAnError() throws Exception {
    try (TestDriver driver = driver(true)) {
      Files.write(file, new byte[512]);
      assertThat(status(driver.send(0, List.of(header(0, 8)), 512, 1))).isEqualTo(1);
    }
  }

  @Test
  void anyRequestsAreAnswered() throws Exception {
    Random random = new Random(5);
    try (TestDriver driver = driver(false)) {
      for (int round = 0; round < 2_000; round++) {
        byte[] header = header(random.nextInt(16), random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(SECTORS + 2));
        byte[] data = new byte[random.nextInt(3) * 256];
        random.nextBytes(data);
        List<byte[]> readable = data.length == 0 ? List.of(Arrays.copyOf(header, 1 + random.nextInt(16))) : List.of(header, data);
        TestDriver.Used used = driver.send(0, readable, 1 + random.nextInt(1100));
        assertThat(status(used)).isBetween(0, 2);
      }
    }
    assertThat(Files.size(file)).as("nothing is written behind the end").isEqualTo(contents.length);
  }
}
