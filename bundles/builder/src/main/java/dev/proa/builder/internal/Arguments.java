package dev.proa.builder.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The {@code ARG}s of a stage, or of the lines before the first one: what the client gave counts, then the default, then a global of that name, then what is
 * known without being said.
 */
final class Arguments {
  /** Given to commands without being declared, and then in neither history nor cache. */
  static final Set<String> PROXIES =
      Set.of("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy");

  private final Map<String, @Nullable String> given;
  private final Map<String, String> above;
  private final Set<String> consumed;
  private final Map<String, @Nullable String> declared = new LinkedHashMap<>();

  private Arguments(Map<String, @Nullable String> given, Map<String, String> above, Set<String> consumed) {
    this.given = given;
    this.above = above;
    this.consumed = consumed;
  }

  /** @param known such as {@code TARGETPLATFORM} */
  static Arguments global(Map<String, @Nullable String> given, Map<String, String> known) {
    return new Arguments(given, known, ConcurrentHashMap.newKeySet());
  }

  /** Of a stage: declared there anew. */
  Arguments stage() {
    Map<String, String> visible = new LinkedHashMap<>(above);
    declared.forEach(
        (name, value) -> {
          if (value != null) {
            visible.put(name, value);
          }
        });
    return new Arguments(given, visible, consumed);
  }

  /** What the stage that this one begins with has declared is declared here too. */
  void inherit(Arguments parent) {
    declared.putAll(parent.declared);
  }

  /** @param byDefault null for none */
  void declare(String name, @Nullable String byDefault) {
    consumed.add(name);
    String value = given.get(name);
    if (value == null) {
      value = byDefault != null ? byDefault : above.get(name);
    }
    declared.put(name, value);
  }

  /** Null if it is not declared here, or has no value. */
  @Nullable String value(String name) {
    return declared.get(name);
  }

  /** Before the first stage, what is known counts without being declared. */
  @Nullable String globalValue(String name) {
    String value = declared.get(name);
    return value != null ? value : above.get(name);
  }

  /** Those with a value, in order. */
  Map<String, String> values() {
    Map<String, String> values = new LinkedHashMap<>();
    declared.forEach(
        (name, value) -> {
          if (value != null) {
            values.put(name, value);
          }
        });
    return values;
  }

  /** Proxies that the client gave. */
  Map<String, String> proxies() {
    Map<String, String> proxies = new LinkedHashMap<>();
    given.forEach(
        (name, value) -> {
          if (value != null && PROXIES.contains(name)) {
            proxies.put(name, value);
          }
        });
    return proxies;
  }

  /** What was given and that nobody declared. */
  List<String> unconsumed() {
    return given.keySet().stream().filter(name -> !consumed.contains(name) && !PROXIES.contains(name) && !name.equals(BuildRun.EPOCH)).sorted().toList();
  }
}
