package dev.proa.rules;

import static org.assertj.core.api.Assertions.assertThat;

import aQute.bnd.differ.Baseline;
import aQute.bnd.differ.Baseline.Info;
import aQute.bnd.differ.DiffPluginImpl;
import aQute.bnd.osgi.Instructions;
import aQute.bnd.osgi.Jar;
import aQute.bnd.osgi.Processor;
import aQute.bnd.service.diff.Delta;
import dev.proa.spi.storage.StorageDriver;
import java.io.File;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Compares the packages of the SPI with those that plugins out there were built against ({@code released/proa-spi.jar}), by bnd's baseline: what breaks
 * authors needs a new major version, what is added a new minor one. A release puts its own jar there.
 */
class SpiBaselineTest {
  private static Jar now() throws Exception {
    return new Jar(new File(StorageDriver.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
  }

  private static Jar released() throws Exception {
    try (InputStream in = Objects.requireNonNull(SpiBaselineTest.class.getResourceAsStream("/released/proa-spi.jar"))) {
      return new Jar("released", in);
    }
  }

  private static List<Info> tooSmall(Jar newer, Jar older) throws Exception {
    try (Processor reporter = new Processor()) {
      return new Baseline(reporter, new DiffPluginImpl()).baseline(newer, older, new Instructions("*")).stream().filter(info -> info.mismatch).toList();
    }
  }

  @Test
  void noPackagesVersionIsTooSmallForWhatHasChangedSinceTheRelease() throws Exception {
    try (Jar newer = now();
        Jar older = released()) {
      assertThat(tooSmall(newer, older))
          .map(info -> info.packageName + " has " + info.newerVersion + " and needs " + info.suggestedVersion + ":\n" + info.packageDiff)
          .isEmpty();
    }
  }

  @Test
  void aBreakWithoutANewMajorVersionIsFound() throws Exception {
    try (Jar newer = released();
        Jar older = released()) {
      assertThat(newer.remove("dev/proa/spi/storage/StorageDriver$StatusLine.class")).isNotNull();
      assertThat(tooSmall(newer, older))
          .singleElement()
          .satisfies(
              info -> {
                assertThat(info.packageName).isEqualTo("dev.proa.spi.storage");
                assertThat(info.packageDiff.getDelta()).isEqualTo(Delta.MAJOR);
                assertThat(info.suggestedVersion.getMajor()).isEqualTo(info.olderVersion.getMajor() + 1);
              });
    }
  }

  @Test
  void whatIsAddedWithoutANewMinorVersionIsFound() throws Exception {
    try (Jar newer = released();
        Jar older = released()) {
      assertThat(older.remove("dev/proa/spi/Mount.class")).isNotNull();
      assertThat(tooSmall(newer, older)).singleElement().returns("dev.proa.spi", info -> info.packageName).returns(Delta.MINOR, info -> info.packageDiff.getDelta());
    }
  }
}
