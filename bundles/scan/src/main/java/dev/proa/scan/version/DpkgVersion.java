package dev.proa.scan.version;

/** {@code [epoch:]upstream[-revision]} (deb-version(7)): a tilde is before everything, the end included; letters are before other signs. */
final class DpkgVersion {
  private DpkgVersion() {}

  static int compare(String a, String b) {
    Parts left = Parts.of(a);
    Parts right = Parts.of(b);
    int order = Numerals.compare(left.epoch, right.epoch);
    if (order == 0) {
      order = part(left.upstream, right.upstream);
    }
    return order != 0 ? order : part(left.revision, right.revision);
  }

  private record Parts(String epoch, String upstream, String revision) {
    static Parts of(String text) {
      int colon = text.indexOf(':');
      boolean hasEpoch = colon > 0 && Numerals.isNumber(text.substring(0, colon));
      String rest = hasEpoch ? text.substring(colon + 1) : text;
      int dash = rest.lastIndexOf('-');
      return new Parts(hasEpoch ? text.substring(0, colon) : "0", dash < 0 ? rest : rest.substring(0, dash), dash < 0 ? "" : rest.substring(dash + 1));
    }
  }

  /** Turns of what is no digit and what is one. */
  private static int part(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() || j < b.length()) {
      while (i < a.length() && !Numerals.isDigit(a.charAt(i)) || j < b.length() && !Numerals.isDigit(b.charAt(j))) {
        int order = Integer.compare(weight(a, i), weight(b, j));
        if (order != 0) {
          return order;
        }
        i++;
        j++;
      }
      int iEnd = Numerals.end(a, Math.min(i, a.length()));
      int jEnd = Numerals.end(b, Math.min(j, b.length()));
      int order = Numerals.compare(a.substring(Math.min(i, a.length()), iEnd), b.substring(Math.min(j, b.length()), jEnd));
      if (order != 0) {
        return order;
      }
      i = iEnd;
      j = jEnd;
    }
    return 0;
  }

  private static int weight(String text, int at) {
    if (at >= text.length() || Numerals.isDigit(text.charAt(at))) {
      return 0;
    }
    char c = text.charAt(at);
    if (c == '~') {
      return -1;
    }
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' ? c : c + 0x10000;
  }
}
