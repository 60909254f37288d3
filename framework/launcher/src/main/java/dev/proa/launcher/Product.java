package dev.proa.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Properties;

/** What this build is, as the build wrote it into {@code product.properties}. */
record Product(String version, String gitCommit, Instant buildTime) {

  static Product load() {
    Properties properties = new Properties();
    try (InputStream in = Product.class.getResourceAsStream("product.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read product.properties of the launcher", e);
    }
    String version = properties.getProperty("version", "0.0.0").replace("-SNAPSHOT", "-dev");
    return new Product(version, properties.getProperty("git.commit", "unknown"), instant(properties.getProperty("build.time", "")));
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }
}
