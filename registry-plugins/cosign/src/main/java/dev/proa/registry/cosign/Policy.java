package dev.proa.registry.cosign;

import dev.proa.spi.ProaException;
import dev.proa.spi.policy.Requirement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The policy of {@code policy.json}: rules in order, of which the first that matches an image's repository counts, and what holds for all others. Anything in
 * it that is not understood makes it unusable: a misspelt word must not let images in.
 *
 * <pre>{@code
 * {"default": "off",
 *  "rules": [{"images": "registry.example/team/**", "mode": "require", "keys": ["team.pub"]}]}
 * }</pre>
 */
record Policy(Requirement otherwise, List<Rule> rules, Stamp stamp) {
  private static final int MAX_RULES = 1000;
  private static final int MAX_KEYS = 64;

  /** With nothing said, nothing is asked. */
  private static final Rule NONE = new Rule(Rule.glob("**"), Requirement.OFF, List.of(), List.of());

  /** What the files that it was read from looked like. */
  record Stamp(Map<Path, Seen> files, boolean settled) {
    private static final Duration TICK = Duration.ofSeconds(1);

    static Stamp of(Map<Path, Seen> files) {
      Instant settledBefore = Instant.now().minus(TICK);
      return new Stamp(Map.copyOf(files), files.values().stream().allMatch(file -> file.modified().toInstant().isBefore(settledBefore)));
    }

    /** @param inode null where there is no such file */
    record Seen(@Nullable Object inode, FileTime modified, long size) {
      static Seen of(Path file) {
        try {
          BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
          return new Seen(attributes.fileKey(), attributes.lastModifiedTime(), attributes.size());
        } catch (IOException e) {
          return new Seen(null, FileTime.fromMillis(0), -1);
        }
      }
    }

    /** Whether they still look so, and a change after they were read cannot have gone unseen because clocks of files tick slowly. */
    boolean isCurrent() {
      return settled && files.entrySet().stream().allMatch(file -> Seen.of(file.getKey()).equals(file.getValue()));
    }
  }

  Rule ruleFor(String repository) {
    return rules.stream().filter(rule -> rule.images().matcher(repository).matches()).findFirst().orElse(otherwise == Requirement.OFF ? NONE : bare());
  }

  private Rule bare() {
    return new Rule(NONE.images(), otherwise, List.of(), List.of());
  }

  /** @throws ProaException {@code FAILED_PRECONDITION} if it is there and cannot be used */
  static Policy read(Path file) {
    Map<Path, Stamp.Seen> files = new HashMap<>();
    // Looked at before it is read: what changes meanwhile is read again the next time.
    files.put(file, Stamp.Seen.of(file));
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(Documents.MAX_BYTES + 1);
    } catch (NoSuchFileException e) {
      return new Policy(Requirement.OFF, List.of(), Stamp.of(files));
    } catch (IOException e) {
      throw ProaException.failedPrecondition("cannot read the image policy " + file + ": " + e.getMessage());
    }
    JsonNode json =
        Documents.object(bytes).orElseThrow(() -> broken(file, "it is no JSON object of at most " + Documents.MAX_BYTES + " bytes"));
    return new Reader(file, files).policy(json);
  }

  private static ProaException broken(Path file, String why) {
    return ProaException.failedPrecondition("the image policy " + file + " cannot be used, so that no image can: " + why);
  }

  private record Reader(Path file, Map<Path, Stamp.Seen> files) {
    Policy policy(JsonNode json) {
      fields(json, "the policy", Set.of("default", "rules"));
      Requirement otherwise = json.has("default") ? mode(json.get("default"), "\"default\"") : Requirement.OFF;
      List<Rule> rules = new ArrayList<>();
      JsonNode list = json.path("rules");
      if (!list.isMissingNode() && !list.isArray() || list.size() > MAX_RULES) {
        throw broken(file, "\"rules\" is no list of at most " + MAX_RULES);
      }
      for (JsonNode rule : list) {
        rules.add(rule(rule, "rule " + (rules.size() + 1)));
      }
      return new Policy(otherwise, List.copyOf(rules), Stamp.of(files));
    }

    private Rule rule(JsonNode rule, String what) {
      fields(rule, what, Set.of("images", "mode", "keys", "identity"));
      String images = Documents.text(rule.path("images"));
      if (images.isEmpty()) {
        throw broken(file, what + " has no \"images\" like \"registry.example/team/**\"");
      }
      List<PublicKey> keys = new ArrayList<>();
      for (JsonNode key : list(rule, "keys", what)) {
        keys.add(key(key, what));
      }
      List<Pattern> identities = new ArrayList<>();
      for (JsonNode identity : list(rule, "identity", what)) {
        if (Documents.text(identity).isEmpty()) {
          throw broken(file, what + ": \"identity\" holds something that is no name");
        }
        identities.add(Rule.glob(Documents.text(identity)));
      }
      return new Rule(Rule.glob(images), mode(rule.path("mode"), what + ": \"mode\""), keys, identities);
    }

    /** A file, or a file and its end: {@code {"file": "old.pub", "until": "2027-01-01T00:00:00Z"}}. */
    private PublicKey key(JsonNode key, String what) {
      String name = Documents.text(key);
      Instant until = null;
      if (key.isObject()) {
        fields(key, what + ": a key", Set.of("file", "until"));
        name = Documents.text(key.path("file"));
        try {
          until = key.has("until") ? OffsetDateTime.parse(Documents.text(key.get("until"))).toInstant() : null;
        } catch (DateTimeException e) {
          throw broken(file, what + ": \"until\" is no time like 2027-01-01T00:00:00Z");
        }
      }
      if (name.isEmpty() || name.indexOf('\0') >= 0) {
        throw broken(file, what + ": \"keys\" holds something that names no file");
      }
      Path path = file.resolveSibling(name);
      files.put(path, Stamp.Seen.of(path));
      return PublicKey.read(name, path, until);
    }

    private JsonNode list(JsonNode rule, String field, String what) {
      JsonNode list = rule.path(field);
      if (!list.isMissingNode() && !list.isArray() || list.size() > MAX_KEYS) {
        throw broken(file, what + ": \"" + field + "\" is no list of at most " + MAX_KEYS);
      }
      return list;
    }

    private Requirement mode(JsonNode node, String what) {
      return switch (Documents.text(node).toLowerCase(Locale.ROOT)) {
        case "off" -> Requirement.OFF;
        case "warn" -> Requirement.WARN;
        case "require" -> Requirement.REQUIRE;
        default -> throw broken(file, what + " is none of \"require\", \"warn\" and \"off\"");
      };
    }

    private void fields(JsonNode object, String what, Set<String> known) {
      if (!object.isObject()) {
        throw broken(file, what + " is no object");
      }
      for (Map.Entry<String, JsonNode> field : object.properties()) {
        if (!known.contains(field.getKey())) {
          throw broken(file, what + " has a field \"" + field.getKey() + "\", which is not known");
        }
      }
    }
  }
}
