package dev.proa.scan.version;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The version scheme of Python's packages (packaging.python.org, Version specifiers; PEP 440). What is none is before all that are. */
final class PythonVersion {
  private static final Pattern FORM =
      Pattern.compile(
          "v?(?:(?<epoch>\\d{1,200})!)?(?<release>\\d{1,200}(?:\\.\\d{1,200}){0,100})"
              + "(?:[-_.]?(?<pre>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?<pren>\\d{0,200}))?"
              + "(?:-(?<postn1>\\d{1,200})|[-_.]?(?<post>post|rev|r)[-_.]?(?<postn2>\\d{0,200}))?"
              + "(?:[-_.]?(?<dev>dev)[-_.]?(?<devn>\\d{0,200}))?"
              + "(?:\\+(?<local>[a-z0-9]{1,200}(?:[-_.][a-z0-9]{1,200}){0,100}))?");

  private PythonVersion() {}

  static int compare(String a, String b) {
    Matcher left = match(a);
    Matcher right = match(b);
    if (left == null || right == null) {
      return left == null && right == null ? Integer.signum(a.compareTo(b)) : Boolean.compare(left != null, right != null);
    }
    int order = Numerals.compare(group(left, "epoch"), group(right, "epoch"));
    if (order == 0) {
      order = release(group(left, "release").split("\\."), group(right, "release").split("\\."));
    }
    if (order == 0) {
      order = Integer.compare(phase(left), phase(right));
    }
    if (order == 0) {
      order = Numerals.compare(group(left, "pren"), group(right, "pren"));
    }
    if (order == 0) {
      order = Boolean.compare(isPost(left), isPost(right));
    }
    if (order == 0) {
      order = Numerals.compare(group(left, "postn1") + group(left, "postn2"), group(right, "postn1") + group(right, "postn2"));
    }
    if (order == 0) {
      // A development release is before the one that it leads to.
      order = -Boolean.compare(left.group("dev") != null, right.group("dev") != null);
    }
    if (order == 0) {
      order = Numerals.compare(group(left, "devn"), group(right, "devn"));
    }
    return order != 0 ? order : local(group(left, "local"), group(right, "local"));
  }

  private static @Nullable Matcher match(String text) {
    Matcher matcher = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
    return matcher.matches() ? matcher : null;
  }

  private static String group(Matcher matcher, String name) {
    String value = matcher.group(name);
    return value == null ? "" : value;
  }

  private static boolean isPost(Matcher matcher) {
    return matcher.group("post") != null || matcher.group("postn1") != null;
  }

  /** A development release of the final one is before its pre-releases. */
  private static int phase(Matcher matcher) {
    return switch (group(matcher, "pre")) {
      case "a", "alpha" -> 1;
      case "b", "beta" -> 2;
      case "c", "rc", "pre", "preview" -> 3;
      default -> matcher.group("dev") != null && !isPost(matcher) ? 0 : 4;
    };
  }

  private static int release(String[] a, String[] b) {
    for (int i = 0; i < Math.max(a.length, b.length); i++) {
      int order = Numerals.compare(i < a.length ? a[i] : "0", i < b.length ? b[i] : "0");
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static int local(String a, String b) {
    if (a.isEmpty() || b.isEmpty()) {
      return -Boolean.compare(a.isEmpty(), b.isEmpty());
    }
    String[] left = a.split("[-_.]");
    String[] right = b.split("[-_.]");
    for (int i = 0; i < Math.min(left.length, right.length); i++) {
      boolean number = Numerals.isNumber(left[i]);
      boolean other = Numerals.isNumber(right[i]);
      int order = number && other ? Numerals.compare(left[i], right[i]) : number != other ? Boolean.compare(number, other) : Integer.signum(left[i].compareTo(right[i]));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(left.length, right.length);
  }
}
