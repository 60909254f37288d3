package dev.proa.plugins.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.Constants;
import org.osgi.framework.VersionRange;

/** Manifest headers that are lists of clauses (OSGi Core 8, 3.2.4): {@code a.b;version="[1,2)";resolution:=optional, c.d}. */
final class Headers {
  private Headers() {}

  /** @param parameters attributes by name, directives by name and colon */
  record Clause(String path, Map<String, String> parameters) {
    boolean optional() {
      return "optional".equals(parameters.get(Constants.RESOLUTION_DIRECTIVE + ":"));
    }

    VersionRange range() {
      return VersionRange.valueOf(parameters.getOrDefault(Constants.VERSION_ATTRIBUTE, "0"));
    }
  }

  static List<Clause> clauses(String header) {
    List<Clause> clauses = new ArrayList<>();
    for (String clause : split(header, ',')) {
      List<String> paths = new ArrayList<>();
      Map<String, String> parameters = new LinkedHashMap<>();
      for (String part : split(clause, ';')) {
        int equals = part.indexOf('=');
        if (equals < 0) {
          paths.add(part);
        } else {
          String value = part.substring(equals + 1).strip();
          boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
          parameters.put(part.substring(0, equals).strip(), quoted ? value.substring(1, value.length() - 1) : value);
        }
      }
      paths.forEach(path -> clauses.add(new Clause(path, parameters)));
    }
    return clauses;
  }

  /** Splits outside of quotes; leaves empty parts out. */
  private static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    boolean quoted = false;
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i < text.length() && text.charAt(i) == '"') {
        quoted = !quoted;
      }
      if (i == text.length() || text.charAt(i) == separator && !quoted) {
        String part = text.substring(start, i).strip();
        if (!part.isEmpty()) {
          parts.add(part);
        }
        start = i + 1;
      }
    }
    return parts;
  }
}
