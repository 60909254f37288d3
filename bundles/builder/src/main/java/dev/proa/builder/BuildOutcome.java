package dev.proa.builder;

import dev.proa.linux.Fd;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a build's result.
 *
 * @param image whether an image is made of it
 * @param files is given what is in it; null: nobody wants that
 * @param made is told the image's id while nothing can remove it; null: nobody wants that
 */
public record BuildOutcome(boolean image, @Nullable Files files, @Nullable Made made) {
  public static final BuildOutcome IMAGE = new BuildOutcome(true, null, null);

  /** Takes the files of a result. */
  @FunctionalInterface
  public interface Files {
    void take(Tree tree) throws IOException;
  }

  /** Takes an image. */
  @FunctionalInterface
  public interface Made {
    void take(String id) throws IOException;
  }

  /** The files of a result; all of it is a stranger's. */
  public interface Tree {
    /** The root directory: to be opened below with links held inside. */
    Fd root();

    /** All of it as a tar stream. */
    InputStream tar() throws IOException;
  }
}
