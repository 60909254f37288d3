package dev.proa.namespace;

import java.util.Map;
import java.util.TreeMap;

/** What the specification calls the state of a container (runtime.md "State"), as hooks get it on their standard input. */
public record OciState(String id, String status, int pid, String bundle, Map<String, String> annotations) {
  public static final String VERSION = "1.2.0";

  public String json() {
    StringBuilder out = new StringBuilder();
    out.append("{\"ociVersion\":").append(quoted(VERSION)).append(",\"id\":").append(quoted(id)).append(",\"status\":").append(quoted(status));
    if (pid > 0) {
      out.append(",\"pid\":").append(pid);
    }
    out.append(",\"bundle\":").append(quoted(bundle)).append(",\"annotations\":{");
    String comma = "";
    for (Map.Entry<String, String> entry : new TreeMap<>(annotations).entrySet()) {
      out.append(comma).append(quoted(entry.getKey())).append(':').append(quoted(entry.getValue()));
      comma = ",";
    }
    return out.append("}}").toString();
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
