package dev.proa.scan.version;

import java.util.List;

/**
 * {@code 1.2.3a_rc1~hash-r4} as apk-tools 3 compares: parts in turn; where one ends, the longer one is greater unless it goes on with a suffix that comes
 * before the release.
 */
final class ApkVersion {
  private static final List<String> BEFORE = List.of("alpha", "beta", "pre", "rc");
  private static final List<String> AFTER = List.of("cvs", "svn", "git", "hg", "p");

  /** In apk's order: of two versions that differ in the kind of their next token, the one with the later kind is less. */
  private enum Kind {
    FIRST,
    NUMBER,
    LETTER,
    SUFFIX,
    SUFFIX_NUMBER,
    HASH,
    REVISION,
    END,
    INVALID
  }

  private final String text;
  private int at;
  private Kind kind = Kind.FIRST;
  private String value = "";
  private int suffix;

  private ApkVersion(String text) {
    this.text = text;
    number(Kind.FIRST);
  }

  static int compare(String a, String b) {
    ApkVersion left = new ApkVersion(a);
    ApkVersion right = new ApkVersion(b);
    while (left.kind == right.kind && left.kind != Kind.END && left.kind != Kind.INVALID) {
      int order = left.token(right);
      if (order != 0) {
        return order;
      }
      left.next();
      right.next();
    }
    if (left.kind == right.kind) {
      return left.kind == Kind.INVALID ? Integer.signum(a.compareTo(b)) : 0;
    }
    if (left.kind == Kind.SUFFIX && left.suffix < 0) {
      return -1;
    }
    if (right.kind == Kind.SUFFIX && right.suffix < 0) {
      return 1;
    }
    return left.kind.compareTo(right.kind) > 0 ? -1 : 1;
  }

  private int token(ApkVersion other) {
    return switch (kind) {
      case NUMBER -> value.startsWith("0") || other.value.startsWith("0") ? Integer.signum(value.compareTo(other.value)) : Numerals.compare(value, other.value);
      case FIRST, SUFFIX_NUMBER, REVISION -> Numerals.compare(value, other.value);
      case SUFFIX -> Integer.compare(suffix, other.suffix);
      case LETTER, HASH -> Integer.signum(value.compareTo(other.value));
      case END, INVALID -> 0;
    };
  }

  private void number(Kind of) {
    int end = Numerals.end(text, at);
    value = text.substring(at, end);
    kind = end > at ? of : Kind.INVALID;
    at = end;
  }

  private void next() {
    if (at >= text.length()) {
      kind = Kind.END;
      return;
    }
    char c = text.charAt(at);
    boolean numbers = kind == Kind.FIRST || kind == Kind.NUMBER;
    if (c == '.' && numbers) {
      at++;
      number(Kind.NUMBER);
    } else if (c >= 'a' && c <= 'z' && numbers) {
      value = String.valueOf(c);
      kind = Kind.LETTER;
      at++;
    } else if (c == '_' && kind.compareTo(Kind.SUFFIX_NUMBER) <= 0) {
      suffix();
    } else if (Numerals.isDigit(c) && kind == Kind.SUFFIX) {
      number(Kind.SUFFIX_NUMBER);
    } else if (c == '~' && kind.compareTo(Kind.HASH) < 0) {
      int end = text.indexOf("-r", at);
      value = text.substring(at + 1, end < 0 ? text.length() : end);
      kind = Kind.HASH;
      at += 1 + value.length();
    } else if (text.startsWith("-r", at) && kind.compareTo(Kind.REVISION) < 0) {
      at += 2;
      number(Kind.REVISION);
    } else {
      kind = Kind.INVALID;
    }
  }

  private void suffix() {
    int end = at + 1;
    while (end < text.length() && text.charAt(end) >= 'a' && text.charAt(end) <= 'z') {
      end++;
    }
    String name = text.substring(at + 1, end);
    at = end;
    kind = BEFORE.contains(name) || AFTER.contains(name) ? Kind.SUFFIX : Kind.INVALID;
    suffix = BEFORE.contains(name) ? BEFORE.indexOf(name) - BEFORE.size() : AFTER.indexOf(name) + 1;
  }
}
