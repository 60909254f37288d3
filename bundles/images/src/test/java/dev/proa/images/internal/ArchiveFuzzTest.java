package dev.proa.images.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.images.Corpus;
import dev.proa.images.ProgressSink;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Archives of images that are damaged or made to harm. */
@Timeout(120)
class ArchiveFuzzTest {
  @Test
  void anArchiveIsLoadedOrRefusedAndNothingOfARefusedOneIsKept(@TempDir Path root) {
    AtomicInteger loaded = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    try (TestBed bed = new TestBed(root)) {
      Corpus.feed(
          "archive",
          250,
          bytes -> {
            try {
              bed.images().load(new ByteArrayInputStream(bytes), List.of(), true, ProgressSink.NONE);
              loaded.incrementAndGet();
              bed.images().list(Map.of()).forEach(image -> bed.images().remove(image.id(), true, true, TestBed.NOBODY));
            } catch (ProaException e) {
              assertThat(e.errorClass()).as(e.getMessage()).isIn(ErrorClass.INVALID_ARGUMENT, ErrorClass.DATA_LOSS);
              refused.incrementAndGet();
            }
            assertThat(bed.isEmpty()).isTrue();
          });
    }
    assertThat(loaded).hasValueGreaterThan(3);
    assertThat(refused).hasValueGreaterThan(100);
  }
}
