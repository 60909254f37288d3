package dev.proa.images;

import dev.proa.spi.ProaException;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The name of an image as users write it, in its full form: {@code docker.io/library/busybox:1}. The grammar and the words of its errors
 * are those of the distribution project's {@code reference} package, on which every client relies.
 *
 * @param domain registry, with port if one was given: {@code docker.io}, {@code localhost:5000}, {@code [::1]:5000}
 * @param path repository in the registry: {@code library/busybox}
 * @param tag null if none was given
 * @param digest {@code sha256:…}; null if none was given
 */
public record Reference(String domain, String path, @Nullable String tag, @Nullable String digest) {
  /** The registry of names that name none. */
  public static final String DEFAULT_DOMAIN = "docker.io";

  public static final String DEFAULT_TAG = "latest";

  private static final String LEGACY_DEFAULT_DOMAIN = "index.docker.io";
  private static final String OFFICIAL_PREFIX = "library/";
  /** Of the path: the domain does not count. */
  private static final int MAX_NAME = 255;
  private static final int MAX_TAG = 128;

  public Reference {
    Objects.requireNonNull(domain);
    Objects.requireNonNull(path);
  }

  /**
   * Parses what a user typed ({@code ParseNormalizedNamed}).
   *
   * @throws ProaException {@code INVALID_ARGUMENT} with the reference package's words
   */
  public static Reference parse(String text) {
    if (isHex(text, 64)) {
      throw ProaException.invalid("invalid repository name (" + text + "), cannot specify 64-byte hexadecimal strings");
    }
    int slash = text.indexOf('/');
    String domain = DEFAULT_DOMAIN;
    String remainder = text;
    if (slash >= 0) {
      String first = text.substring(0, slash);
      if (first.equals(LEGACY_DEFAULT_DOMAIN)) {
        remainder = text.substring(slash + 1);
      } else if (first.equals("localhost")
          || first.indexOf('.') >= 0
          || first.indexOf(':') >= 0
          || !first.equals(first.toLowerCase(Locale.ROOT))) {
        domain = first;
        remainder = text.substring(slash + 1);
      }
    }
    if (domain.equals(DEFAULT_DOMAIN) && remainder.indexOf('/') < 0) {
      remainder = OFFICIAL_PREFIX + remainder;
    }
    int colon = remainder.indexOf(':');
    String remote = colon < 0 ? remainder : remainder.substring(0, colon);
    if (!remote.equals(remote.toLowerCase(Locale.ROOT))) {
      throw ProaException.invalid("invalid reference format: repository name (" + remote + ") must be lowercase");
    }
    return parseRemainder(domain, remainder);
  }

  private static Reference parseRemainder(String domain, String remainder) {
    String rest = remainder;
    String digest = null;
    int at = rest.indexOf('@');
    if (at >= 0) {
      digest = rest.substring(at + 1);
      rest = rest.substring(0, at);
    }
    String tag = null;
    int colon = rest.indexOf(':');
    if (colon >= 0) {
      tag = rest.substring(colon + 1);
      rest = rest.substring(0, colon);
    }
    if (!isDomain(domain) || !isPath(rest) || (tag != null && !isTag(tag)) || (digest != null && !isDigestSyntax(digest))) {
      throw ProaException.invalid("invalid reference format");
    }
    if (rest.length() > MAX_NAME) {
      throw ProaException.invalid("repository name must not be more than 255 characters");
    }
    if (digest != null) {
      checkDigest(digest);
    }
    return new Reference(domain, rest, tag, digest);
  }

  /** The full id {@code sha256:…} if the text is one, with or without the algorithm. */
  public static Optional<String> asId(String text) {
    if (isHex(text, 64)) {
      return Optional.of("sha256:" + text);
    }
    return text.startsWith("sha256:") && isHex(text.substring(7), 64) ? Optional.of(text) : Optional.empty();
  }

  /** The registry and repository: {@code docker.io/library/busybox}. */
  public String name() {
    return domain + "/" + path;
  }

  /** The short form of {@link #name}: {@code busybox}. */
  public String familiarName() {
    if (!domain.equals(DEFAULT_DOMAIN)) {
      return name();
    }
    boolean official = path.startsWith(OFFICIAL_PREFIX) && path.indexOf('/', OFFICIAL_PREFIX.length()) < 0;
    return official ? path.substring(OFFICIAL_PREFIX.length()) : path;
  }

  /** What Docker shows: {@code busybox:1}, {@code busybox@sha256:…}. */
  public String familiar() {
    return familiarName() + suffix();
  }

  /** The full form. */
  @Override
  public String toString() {
    return name() + suffix();
  }

  private String suffix() {
    return (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
  }

  /** With neither tag nor digest. */
  public boolean nameOnly() {
    return tag == null && digest == null;
  }

  /** This reference, or with {@code latest} if it says neither tag nor digest. */
  public Reference orLatest() {
    return nameOnly() ? new Reference(domain, path, DEFAULT_TAG, null) : this;
  }

  /** The repository, with neither tag nor digest. */
  public Reference repository() {
    return new Reference(domain, path, null, null);
  }

  /** This repository with a tag instead of what was said before. */
  public Reference withTag(String newTag) {
    if (!isTag(newTag)) {
      throw ProaException.invalid("invalid tag format");
    }
    return new Reference(domain, path, newTag, null);
  }

  /** This repository with a digest instead of what was said before. */
  public Reference withDigest(String newDigest) {
    if (!isDigestSyntax(newDigest)) {
      throw ProaException.invalid("invalid digest format");
    }
    checkDigest(newDigest);
    return new Reference(domain, path, null, newDigest);
  }

  /** The reference under which an image is kept: a tag beside a digest does not matter, and no tag means latest. */
  public Reference stored() {
    return digest != null ? new Reference(domain, path, null, digest) : orLatest();
  }

  private static void checkDigest(String digest) {
    int colon = digest.indexOf(':');
    int length =
        switch (digest.substring(0, colon)) {
          case "sha256" -> 64;
          case "sha384" -> 96;
          case "sha512" -> 128;
          default -> throw ProaException.invalid("unsupported digest algorithm");
        };
    if (digest.length() - colon - 1 != length) {
      throw ProaException.invalid("invalid checksum digest length");
    }
    if (!isHex(digest.substring(colon + 1), length)) {
      throw ProaException.invalid("invalid checksum digest format");
    }
  }

  /** {@code host[:port]}; a host is dot-separated labels of letters, digits and inner hyphens, or an IPv6 address in brackets. */
  private static boolean isDomain(String domain) {
    String host = domain;
    int end = domain.startsWith("[") ? domain.indexOf(']') : -1;
    int colon = domain.indexOf(':', Math.max(end, 0));
    if (colon >= 0) {
      host = domain.substring(0, colon);
      if (colon + 1 == domain.length() || !domain.substring(colon + 1).chars().allMatch(c -> c >= '0' && c <= '9')) {
        return false;
      }
    }
    if (host.startsWith("[")) {
      return host.length() > 2
          && host.endsWith("]")
          && host.substring(1, host.length() - 1).chars().allMatch(c -> c == ':' || Character.digit(c, 16) >= 0 && c < 128);
    }
    for (String label : host.split("\\.", -1)) {
      if (label.isEmpty()
          || label.startsWith("-")
          || label.endsWith("-")
          || !label.chars().allMatch(c -> isLetterOrDigit(c) || c == '-')) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPath(String path) {
    for (String component : path.split("/", -1)) {
      if (!isPathComponent(component)) {
        return false;
      }
    }
    return true;
  }

  /** Runs of lower-case letters and digits, separated by one dot, one or two underscores, or hyphens. */
  private static boolean isPathComponent(String component) {
    int i = 0;
    int length = component.length();
    while (true) {
      int start = i;
      while (i < length && isLowerOrDigit(component.charAt(i))) {
        i++;
      }
      if (i == start) {
        return false;
      }
      if (i == length) {
        return true;
      }
      char separator = component.charAt(i++);
      switch (separator) {
        case '.' -> {}
        case '_' -> {
          if (i < length && component.charAt(i) == '_') {
            i++;
          }
        }
        case '-' -> {
          while (i < length && component.charAt(i) == '-') {
            i++;
          }
        }
        default -> {
          return false;
        }
      }
    }
  }

  private static boolean isTag(String tag) {
    return !tag.isEmpty()
        && tag.length() <= MAX_TAG
        && tag.charAt(0) != '.'
        && tag.charAt(0) != '-'
        && tag.chars().allMatch(c -> isLetterOrDigit(c) || c == '_' || c == '.' || c == '-');
  }

  /** {@code algorithm:hex}, at least 32 digits; the algorithm in components that begin with a letter. */
  private static boolean isDigestSyntax(String digest) {
    int colon = digest.indexOf(':');
    if (colon <= 0) {
      return false;
    }
    for (String component : digest.substring(0, colon).split("[-_+.]", -1)) {
      if (component.isEmpty() || !isLetter(component.charAt(0)) || !component.chars().allMatch(Reference::isLetterOrDigit)) {
        return false;
      }
    }
    String hex = digest.substring(colon + 1);
    return hex.length() >= 32 && hex.chars().allMatch(c -> c < 128 && Character.digit(c, 16) >= 0);
  }

  private static boolean isHex(String text, int length) {
    return text.length() == length && text.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
  }

  private static boolean isLetter(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }

  private static boolean isLetterOrDigit(int c) {
    return isLetter(c) || c >= '0' && c <= '9';
  }

  private static boolean isLowerOrDigit(char c) {
    return c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
  }
}
