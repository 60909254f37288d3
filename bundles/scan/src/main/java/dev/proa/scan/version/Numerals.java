package dev.proa.scan.version;

/** Numbers of any length, as the texts they are. */
final class Numerals {
  private Numerals() {}

  static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  static boolean isNumber(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** Both are digits only; leading zeros count nothing. */
  static int compare(String a, String b) {
    String left = a.substring(zeros(a));
    String right = b.substring(zeros(b));
    int byLength = Integer.compare(left.length(), right.length());
    return byLength != 0 ? byLength : Integer.signum(left.compareTo(right));
  }

  private static int zeros(String text) {
    int at = 0;
    while (at < text.length() && text.charAt(at) == '0') {
      at++;
    }
    return at;
  }

  /** Where the digits end that begin at a place. */
  static int end(String text, int from) {
    int at = from;
    while (at < text.length() && isDigit(text.charAt(at))) {
      at++;
    }
    return at;
  }
}
