package dev.proa.scan.version;

/** {@code [epoch:]version[-release]}, each compared as rpm's {@code rpmvercmp} does: segments of digits or letters, tilde before and caret after the end. */
final class RpmVersion {
  private RpmVersion() {}

  static int compare(String a, String b) {
    Parts left = Parts.of(a);
    Parts right = Parts.of(b);
    int order = Numerals.compare(left.epoch, right.epoch);
    if (order == 0) {
      order = segments(left.version, right.version);
    }
    // A release that only one of them tells decides nothing, as for dependencies.
    return order != 0 || left.release.isEmpty() || right.release.isEmpty() ? order : segments(left.release, right.release);
  }

  private record Parts(String epoch, String version, String release) {
    static Parts of(String text) {
      int colon = text.indexOf(':');
      boolean hasEpoch = colon > 0 && Numerals.isNumber(text.substring(0, colon));
      String rest = hasEpoch ? text.substring(colon + 1) : text;
      int dash = rest.lastIndexOf('-');
      return new Parts(hasEpoch ? text.substring(0, colon) : "0", dash < 0 ? rest : rest.substring(0, dash), dash < 0 ? "" : rest.substring(dash + 1));
    }
  }

  static int segments(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() || j < b.length()) {
      i = separators(a, i);
      j = separators(b, j);
      char left = i < a.length() ? a.charAt(i) : 0;
      char right = j < b.length() ? b.charAt(j) : 0;
      if (left == '~' || right == '~') {
        if (left != right) {
          return left == '~' ? -1 : 1;
        }
        i++;
        j++;
        continue;
      }
      if (left == '^' || right == '^') {
        if (left != right) {
          // The end is before a caret, everything else behind it.
          return left == 0 ? -1 : right == 0 ? 1 : left == '^' ? -1 : 1;
        }
        i++;
        j++;
        continue;
      }
      if (left == 0 || right == 0) {
        break;
      }
      boolean digits = Numerals.isDigit(left);
      if (digits != Numerals.isDigit(right)) {
        return digits ? 1 : -1;
      }
      int iEnd = digits ? Numerals.end(a, i) : letters(a, i);
      int jEnd = digits ? Numerals.end(b, j) : letters(b, j);
      String one = a.substring(i, iEnd);
      String other = b.substring(j, jEnd);
      int order = digits ? Numerals.compare(one, other) : Integer.signum(one.compareTo(other));
      if (order != 0) {
        return order;
      }
      i = iEnd;
      j = jEnd;
    }
    return Boolean.compare(i < a.length(), j < b.length());
  }

  private static boolean isLetter(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }

  private static int separators(String text, int from) {
    int at = from;
    while (at < text.length() && !Numerals.isDigit(text.charAt(at)) && !isLetter(text.charAt(at)) && text.charAt(at) != '~' && text.charAt(at) != '^') {
      at++;
    }
    return at;
  }

  private static int letters(String text, int from) {
    int at = from;
    while (at < text.length() && isLetter(text.charAt(at))) {
      at++;
    }
    return at;
  }
}
