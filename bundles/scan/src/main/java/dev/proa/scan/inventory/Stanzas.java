package dev.proa.scan.inventory;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Paragraphs of {@code Name: value} lines with empty lines between (deb-control(5)); mail headers look alike. */
final class Stanzas {
  private final BufferedReader reader;
  private final Set<String> wanted;

  /** @param wanted names of fields, as they are written; others are passed over */
  Stanzas(InputStream in, Set<String> wanted) {
    this.reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8), 32 << 10);
    this.wanted = wanted;
  }

  void forEach(Consumer<Map<String, String>> visitor) throws IOException {
    Map<String, String> next = next();
    while (!next.isEmpty()) {
      visitor.accept(next);
      next = next();
    }
  }

  /** The wanted fields of the next paragraph that has any field; empty at the end. A paragraph without wanted fields has the entry {@code ""}. */
  Map<String, String> next() throws IOException {
    Map<String, String> fields = new HashMap<>();
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.isBlank()) {
        if (!fields.isEmpty()) {
          return fields;
        }
        continue;
      }
      fields.putIfAbsent("", "");
      int colon = line.indexOf(':');
      if (colon > 0 && line.charAt(0) != ' ' && line.charAt(0) != '\t' && wanted.contains(line.substring(0, colon))) {
        fields.putIfAbsent(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    return fields;
  }
}
