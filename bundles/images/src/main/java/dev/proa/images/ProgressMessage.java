package dev.proa.images;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One message of a stream as Docker's clients read it ({@code JSONMessage}): objects one after the other, each on a line of its own.
 *
 * @param id what it is about: the first 12 digits of a layer's digest
 * @param progress how far it is; shown as a bar by clients
 * @param error the operation failed; the last message
 * @param auxJson the value of {@code aux}: JSON
 * @param stream text that a client prints as it is
 * @param errorCode what a client is to end with; 0 for its own choice
 */
public record ProgressMessage(
    @Nullable String id,
    @Nullable String status,
    @Nullable Progress progress,
    @Nullable String error,
    @Nullable String auxJson,
    @Nullable String stream,
    int errorCode) {

  public ProgressMessage(
      @Nullable String id,
      @Nullable String status,
      @Nullable Progress progress,
      @Nullable String error,
      @Nullable String auxJson,
      @Nullable String stream) {
    this(id, status, progress, error, auxJson, stream, 0);
  }

  /**
   * @param total 0 if unknown
   * @param start when it began, in seconds since the epoch; 0 if that is not said. With it docker shows the time that is left
   */
  public record Progress(long current, long total, long start) {

    /** The bar of old clients, as Docker draws it: {@code [====>     ]  1.2MB/12MB}. */
    public String bar() {
      if (current <= 0 && total <= 0) {
        return "";
      }
      if (total <= 0) {
        return String.format(Locale.ROOT, "%8s", humanSize(current));
      }
      int filled = (int) Math.clamp(current * 100.0 / total / 2, 0, 50);
      String numbers =
          current > total
              ? String.format(Locale.ROOT, "%8s", humanSize(current))
              : String.format(Locale.ROOT, "%8s/%s", humanSize(current), humanSize(total));
      return "[" + "=".repeat(filled) + ">" + " ".repeat(50 - filled) + "] " + numbers;
    }
  }

  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

  public static ProgressMessage ofStatus(String status) {
    return new ProgressMessage(null, status, null, null, null, null);
  }

  public static ProgressMessage ofStatus(String id, String status) {
    return new ProgressMessage(id, status, null, null, null, null);
  }

  public static ProgressMessage ofProgress(String id, String status, long current, long total, long start) {
    return new ProgressMessage(id, status, new Progress(current, total, start), null, null, null);
  }

  public static ProgressMessage ofStream(String text) {
    return new ProgressMessage(null, null, null, null, null, text);
  }

  /** The last message of an operation that failed after its first message went out. */
  public static ProgressMessage ofError(String message) {
    return new ProgressMessage(null, null, null, message, null, null);
  }

  /** @param code what the client is to end with */
  public static ProgressMessage ofError(String message, int code) {
    return new ProgressMessage(null, null, null, message, null, null, code);
  }

  /** The message as one JSON object, without a line end (Docker ends each with CR LF). */
  public String toJson() {
    StringBuilder json = new StringBuilder(128).append('{');
    if (stream != null) {
      field(json, "stream", stream);
    }
    if (status != null) {
      field(json, "status", status);
    }
    if (progress != null || (status != null && id != null)) {
      name(json, "progressDetail").append('{');
      if (progress != null) {
        json.append("\"current\":").append(progress.current());
        if (progress.total() > 0) {
          json.append(",\"total\":").append(progress.total());
        }
        if (progress.start() > 0) {
          json.append(",\"start\":").append(progress.start());
        }
      }
      json.append('}');
      if (progress != null && !progress.bar().isEmpty()) {
        field(json, "progress", progress.bar());
      }
    }
    if (id != null) {
      field(json, "id", id);
    }
    if (error != null) {
      name(json, "errorDetail").append('{');
      if (errorCode != 0) {
        json.append("\"code\":").append(errorCode);
      }
      field(json, "message", error);
      json.append('}');
      field(json, "error", error);
    }
    if (auxJson != null) {
      name(json, "aux").append(auxJson);
    }
    return json.append('}').toString();
  }

  /** Bytes as people read them, four significant digits, powers of 1000: {@code 1.234MB}. */
  static String humanSize(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1000.0 && unit < UNITS.length - 1) {
      value /= 1000.0;
      unit++;
    }
    String digits = new java.math.BigDecimal(value).round(new java.math.MathContext(4)).stripTrailingZeros().toPlainString();
    return digits + UNITS[unit];
  }

  private static StringBuilder name(StringBuilder json, String name) {
    if (json.charAt(json.length() - 1) != '{') {
      json.append(',');
    }
    return json.append('"').append(name).append("\":");
  }

  private static void field(StringBuilder json, String name, String value) {
    name(json, name).append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          // Lone surrogates would not survive UTF-8.
          if (c < 0x20 || Character.isSurrogate(c) && !paired(value, i)) {
            json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    json.append('"');
  }

  private static boolean paired(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }
}
