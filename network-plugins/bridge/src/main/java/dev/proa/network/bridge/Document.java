package dev.proa.network.bridge;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Keys with values as lines {@code key=value}, a key as often as it has values; what the ledger's files hold. */
final class Document {
  private final Map<String, List<String>> values = new LinkedHashMap<>();

  static Document parse(String text) {
    Document document = new Document();
    text.lines()
        .forEach(
            line -> {
              int equals = line.indexOf('=');
              if (equals > 0) {
                document.add(decoded(line.substring(0, equals)), decoded(line.substring(equals + 1)));
              }
            });
    return document;
  }

  Document add(String key, String value) {
    values.computeIfAbsent(key, unused -> new ArrayList<>()).add(value);
    return this;
  }

  List<String> all(String key) {
    return values.getOrDefault(key, List.of());
  }

  /** Empty without one. */
  String one(String key) {
    List<String> found = all(key);
    return found.isEmpty() ? "" : found.getFirst();
  }

  /** Those with that prefix, without it. */
  Map<String, String> below(String prefix) {
    Map<String, String> below = new LinkedHashMap<>();
    values.forEach(
        (key, all) -> {
          if (key.startsWith(prefix)) {
            below.put(key.substring(prefix.length()), all.getFirst());
          }
        });
    return below;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    values.forEach((key, all) -> all.forEach(value -> text.append(encoded(key)).append('=').append(encoded(value)).append('\n')));
    return text.toString();
  }
}
