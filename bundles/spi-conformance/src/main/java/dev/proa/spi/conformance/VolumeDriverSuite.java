package dev.proa.spi.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.volume.VolumeDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every volume driver has to do. A driver's test extends it and hands it a factory. */
public abstract class VolumeDriverSuite {
  private static final String NAME = "Some_volume-1.x";

  @TempDir protected Path directory;

  private DriverContext context;
  private VolumeDriver driver;

  /** A new instance, not yet open. */
  protected abstract VolumeDriver newDriver();

  /** Options that {@link VolumeDriver#create} takes. */
  protected Map<String, String> options() {
    return Map.of();
  }

  /** Why this host cannot run the driver, or null. */
  protected @Nullable String missing() {
    return null;
  }

  @BeforeEach
  final void openDriver() throws IOException {
    String reason = missing();
    assumeTrue(reason == null, () -> "skipped: " + reason);
    context = Folders.below(directory);
    driver = newDriver();
    driver.open(context);
  }

  @AfterEach
  final void closeDriver() {
    if (driver != null) {
      driver.remove(NAME);
      driver.close();
      driver.close();
    }
  }

  @Test
  void aVolumeIsAFolderThatKeepsWhatIsWrittenIntoIt() throws IOException {
    Path folder = driver.create(NAME, options());
    assertThat(folder).isAbsolute();
    driver.mount(NAME, "one");
    assertThat(folder).isDirectory().isEmptyDirectory();
    Files.writeString(folder.resolve("file"), "text");
    driver.unmount(NAME, "one");
    driver.mount(NAME, "two");
    assertThat(folder.resolve("file")).hasContent("text");
    driver.unmount(NAME, "two");
  }

  @Test
  void makingItOnceMoreGivesTheSameFolderAndChangesNothing() throws IOException {
    Path folder = driver.create(NAME, options());
    driver.mount(NAME, "one");
    Files.writeString(folder.resolve("file"), "text");
    assertThat(driver.create(NAME, options())).isEqualTo(folder);
    assertThat(folder.resolve("file")).hasContent("text");
    driver.unmount(NAME, "one");
  }

  @Test
  void itStaysMountedForTheLastUser() throws IOException {
    Path folder = driver.create(NAME, options());
    driver.mount(NAME, "one");
    driver.mount(NAME, "two");
    driver.mount(NAME, "two");
    Files.writeString(folder.resolve("file"), "text");
    driver.unmount(NAME, "one");
    driver.unmount(NAME, "one");
    assertThat(folder.resolve("file")).hasContent("text");
    driver.unmount(NAME, "two");
  }

  @Test
  void whatIsNotKnownIsUnmountedAndRemovedWithoutAnError() {
    assertThatCode(
            () -> {
              driver.unmount("nothing", "nobody");
              driver.remove("nothing");
              driver.create(NAME, options());
              driver.unmount(NAME, "nobody");
              driver.remove(NAME);
              driver.remove(NAME);
            })
        .doesNotThrowAnyException();
  }

  @Test
  void aRemovedVolumeIsGoneWithAllThatIsInItAndOneOfItsNameIsEmpty() throws IOException {
    Path folder = driver.create(NAME, options());
    driver.mount(NAME, "one");
    Files.createDirectories(folder.resolve("a/b"));
    Files.writeString(folder.resolve("a/b/c"), "text");
    Files.createSymbolicLink(folder.resolve("a/link"), directory.toAbsolutePath());
    driver.unmount(NAME, "one");
    driver.remove(NAME);
    assertThat(directory).as("what a link pointed at").isNotEmptyDirectory();
    assertThat(folder).doesNotExist();
    Path again = driver.create(NAME, options());
    driver.mount(NAME, "one");
    assertThat(again).isEmptyDirectory();
    driver.unmount(NAME, "one");
  }

  @Test
  void aSecondInstanceFindsTheVolumesOfTheFirstAndUnmountsThem() throws IOException {
    Path folder = driver.create(NAME, options());
    driver.mount(NAME, "one");
    Files.writeString(folder.resolve("file"), "text");
    try (VolumeDriver second = newDriver()) {
      second.open(context);
      assertThat(second.create(NAME, options())).isEqualTo(folder);
      driver.close();
      assertThat(folder.resolve("file")).hasContent("text");
      second.mount(NAME, "two");
      second.unmount(NAME, "one");
      assertThat(folder.resolve("file")).hasContent("text");
      second.unmount(NAME, "two");
      second.remove(NAME);
      assertThat(folder).doesNotExist();
    }
    driver = newDriver();
    driver.open(context);
  }

  @Test
  void anOptionThatItDoesNotKnowIsNamed() {
    assertThatThrownBy(() -> driver.create(NAME, Map.of("no-such-option", "x")))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.is(ErrorClass.INVALID_ARGUMENT)).isTrue())
        .hasMessageContaining("no-such-option");
  }

  @Test
  void statusIsNeverAnError() {
    driver.create(NAME, options());
    assertThat(driver.status(NAME)).isNotNull();
  }
}
