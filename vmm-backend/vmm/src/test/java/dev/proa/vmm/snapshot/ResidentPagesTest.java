package dev.proa.vmm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.NativeMemory;
import dev.proa.linux.abi.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

final class ResidentPagesTest {
  private static final int PAGE = 4096;

  @Test
  void whatWasWrittenIsThereAndMostOfTheRestIsNot() throws Exception {
    long pages = 1 << 18; // more than one read of the kernel's table gives
    MemorySegment memory = NativeMemory.mmap(pages * PAGE, Memory.PROT_READ | Memory.PROT_WRITE, Memory.MAP_PRIVATE | Memory.MAP_ANONYMOUS | Memory.MAP_NORESERVE);
    try {
      long[] written = {0, 1, 65_535, 65_536, pages - 1};
      for (long page : written) {
        memory.set(ValueLayout.JAVA_BYTE, page * PAGE, (byte) 1);
      }
      ResidentPages resident = ResidentPages.of(memory);
      for (long page : written) {
        assertThat(resident.holds(page)).as("page %d", page).isTrue();
      }
      long there = java.util.stream.LongStream.range(0, pages).filter(resident::holds).count();
      assertThat(there).as("with huge pages each may bring 512").isLessThan(8 * 512);
    } finally {
      NativeMemory.munmap(memory);
    }
  }
}
