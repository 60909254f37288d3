package dev.proa.builder.internal;

import java.nio.file.Path;

/**
 * Where builds keep things.
 *
 * @param scratch contexts and copies, for the length of a build
 * @param caches what {@code RUN --mount=type=cache} keeps, a folder each
 * @param secrets on a file system of this boot: secrets, for the length of a command
 */
record Folders(Path scratch, Path caches, Path secrets) {
  static Folders of(Path dataRoot, Path execRoot) {
    return new Folders(dataRoot.resolve("builder/scratch"), dataRoot.resolve("builder/caches"), execRoot.resolve("builder/secrets"));
  }
}
