package dev.proa.builder;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/** Is told what a build does, step by step and as it happens, from many threads; stages side by side speak at the same time. */
@ConsumerType
public interface BuildTrace {
  /** Nobody is told. */
  BuildTrace NONE =
      new BuildTrace() {
        @Override
        public void begin(String step, String name, List<String> inputs) {}

        @Override
        public void end(String step, boolean cached, @Nullable String error) {}

        @Override
        public void log(String step, String text, boolean error) {}

        @Override
        public void progress(String step, String what, long current, long total, boolean done) {}

        @Override
        public void warning(String step, String rule, String text, String file, String source, int line) {}
      };

  /** The id of a step: a digest of what names it within its build. */
  static String id(String name) {
    try {
      return "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /**
   * A step begins.
   *
   * @param inputs ids of those that it stands on
   */
  void begin(String step, String name, List<String> inputs);

  /** @param error what went wrong; null if nothing did */
  void end(String step, boolean cached, @Nullable String error);

  /**
   * Output of the command of a step.
   *
   * @param error whether it was written to standard error
   */
  void log(String step, String text, boolean error);

  /** A part of a step that takes its time, such as a layer that is pulled. */
  void progress(String step, String what, long current, long total, boolean done);

  /**
   * Something doubtful in a Dockerfile.
   *
   * @param file its name
   * @param source its text
   */
  void warning(String step, String rule, String text, String file, String source, int line);
}
