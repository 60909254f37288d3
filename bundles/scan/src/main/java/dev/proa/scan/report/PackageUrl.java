package dev.proa.scan.report;

import dev.proa.scan.inventory.Distribution;
import dev.proa.scan.inventory.PackageRecord;
import dev.proa.scan.inventory.PackageType;
import java.nio.charset.StandardCharsets;

/** Package URLs (ECMA-427): {@code pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12}. */
final class PackageUrl {
  private PackageUrl() {}

  static String of(PackageRecord record, Distribution distribution) {
    StringBuilder url = new StringBuilder("pkg:").append(record.type().purlType()).append('/');
    String name = record.name();
    if (record.type().ofDistribution() && !distribution.id().isEmpty()) {
      url.append(escape(distribution.id())).append('/');
    }
    int split = record.type() == PackageType.MAVEN ? name.indexOf(':') : record.type() == PackageType.NPM && name.startsWith("@") ? name.indexOf('/') : -1;
    if (split > 0) {
      url.append(escape(name.substring(0, split))).append('/');
      name = name.substring(split + 1);
    }
    url.append(escape(name)).append('@').append(escape(record.version()));
    if (record.type().ofDistribution()) {
      char separator = '?';
      if (!record.arch().isEmpty()) {
        url.append(separator).append("arch=").append(escape(record.arch()));
        separator = '&';
      }
      if (!distribution.id().isEmpty()) {
        url.append(separator).append("distro=").append(escape(distribution.id() + "-" + distribution.version()));
      }
    }
    return url.toString();
  }

  private static String escape(String text) {
    StringBuilder out = new StringBuilder(text.length() + 8);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || ".-_~:".indexOf(c) >= 0) {
        out.append(c);
      } else {
        out.append(String.format("%%%02X", (int) c));
      }
    }
    return out.toString();
  }
}
