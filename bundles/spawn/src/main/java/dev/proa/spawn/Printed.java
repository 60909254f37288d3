package dev.proa.spawn;

/** How values look in a printed plan. */
final class Printed {
  private Printed() {}

  static String quoted(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7f || c >= 0xdc80 && c <= 0xdcff) {
            out.append("\\x").append(String.format("%02x", c & 0xff));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }
}
