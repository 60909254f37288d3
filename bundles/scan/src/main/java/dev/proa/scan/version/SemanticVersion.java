package dev.proa.scan.version;

import java.util.List;

/** Semantic Versioning 2.0.0, clause 11; a leading v, missing and additional numbers are let pass. */
final class SemanticVersion {
  private SemanticVersion() {}

  static int compare(String a, String b) {
    String left = plain(a);
    String right = plain(b);
    int order = numbers(core(left).split("\\.", -1), core(right).split("\\.", -1));
    return order != 0 ? order : preRelease(pre(left), pre(right));
  }

  private static String plain(String text) {
    String trimmed = text.strip();
    int plus = trimmed.indexOf('+');
    String withoutBuild = plus < 0 ? trimmed : trimmed.substring(0, plus);
    return withoutBuild.startsWith("v") || withoutBuild.startsWith("=") ? withoutBuild.substring(1) : withoutBuild;
  }

  private static String core(String text) {
    int dash = text.indexOf('-');
    return dash < 0 ? text : text.substring(0, dash);
  }

  private static List<String> pre(String text) {
    int dash = text.indexOf('-');
    return dash < 0 ? List.of() : List.of(text.substring(dash + 1).split("\\.", -1));
  }

  private static int numbers(String[] a, String[] b) {
    for (int i = 0; i < Math.max(a.length, b.length); i++) {
      int order = identifier(i < a.length ? a[i] : "0", i < b.length ? b[i] : "0");
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static int preRelease(List<String> a, List<String> b) {
    if (a.isEmpty() || b.isEmpty()) {
      return Boolean.compare(a.isEmpty(), b.isEmpty());
    }
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      int order = identifier(a.get(i), b.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.size(), b.size());
  }

  private static int identifier(String a, String b) {
    boolean left = Numerals.isNumber(a);
    boolean right = Numerals.isNumber(b);
    if (left && right) {
      return Numerals.compare(a, b);
    }
    return left != right ? (left ? -1 : 1) : Integer.signum(a.compareTo(b));
  }
}
