package dev.proa.builder;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/** Where a build's files come from. */
public sealed interface BuildSource permits BuildSource.Archive, BuildSource.Supplier {
  /**
   * A tar stream, plain or compressed, or a Dockerfile alone.
   *
   * @param stream not closed; null if the request names a remote context
   */
  record Archive(@Nullable InputStream stream) implements BuildSource {}

  /** Somebody who fills a folder, which is kept for the next time, so that only what has changed has to come. */
  @ConsumerType
  non-sealed interface Supplier extends BuildSource {
    /** Names the folder: the same for builds whose files are mostly the same. */
    String key();

    /**
     * Makes the folder like the context. Ends early if the thread is interrupted.
     *
     * @param context has what it had when it was filled last; all of it is the supplier's
     * @param scratch a folder for the length of the build
     */
    Supplied fill(Path context, Path scratch) throws IOException, InterruptedException;
  }

  /**
   * What is not in the folder.
   *
   * @param dockerfileName for messages
   * @param ignored what {@code .dockerignore} names; null if there is none
   */
  record Supplied(String dockerfileName, String dockerfile, @Nullable PathPatterns ignored) {}
}
