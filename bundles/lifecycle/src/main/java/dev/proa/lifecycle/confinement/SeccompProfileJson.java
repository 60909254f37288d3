package dev.proa.lifecycle.confinement;

import dev.proa.lifecycle.confinement.SeccompProfile.Condition;
import dev.proa.lifecycle.confinement.SeccompProfile.Rule;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads profiles as {@code docker run --security-opt seccomp=FILE} sends them: JSON from a client, so hostile. */
final class SeccompProfileJson {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final Set<String> ACTIONS =
      Set.of(
          "SCMP_ACT_ALLOW",
          "SCMP_ACT_ERRNO",
          "SCMP_ACT_KILL",
          "SCMP_ACT_KILL_PROCESS",
          "SCMP_ACT_KILL_THREAD",
          "SCMP_ACT_LOG",
          "SCMP_ACT_NOTIFY",
          "SCMP_ACT_TRACE",
          "SCMP_ACT_TRAP");

  private static final Set<String> OPERATORS =
      Set.of(
          "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ");

  private SeccompProfileJson() {}

  /** @return null if the profile is empty, which Docker takes as "none" */
  static @Nullable SeccompProfile parse(String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JacksonException e) {
      throw new ProaException(
          ErrorClass.INVALID_ARGUMENT, "Decoding seccomp profile failed: " + e.getOriginalMessage(), e);
    }
    if (!root.isObject()) {
      throw malformed("the profile is not an object");
    }
    JsonNode calls = array(root, "syscalls");
    String action = text(root, "defaultAction");
    if (action.isEmpty() && calls.isEmpty()) {
      return null;
    }
    List<String> architectures = texts(root, "architectures");
    Map<String, List<String>> subs = new HashMap<>();
    for (JsonNode entry : array(root, "archMap")) {
      subs.put(text(entry, "architecture"), texts(entry, "subArchitectures"));
    }
    if (!architectures.isEmpty() && !subs.isEmpty()) {
      throw ProaException.invalid(
          "both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'");
    }
    List<Rule> rules = new ArrayList<>();
    for (JsonNode call : calls) {
      rules.add(rule(call));
    }
    return new SeccompProfile(action(action), integer(root, "defaultErrnoRet"), architectures, subs, texts(root, "flags"), rules);
  }

  private static Rule rule(JsonNode node) {
    List<String> names = texts(node, "names");
    String name = text(node, "name");
    if (!name.isEmpty()) {
      if (!names.isEmpty()) {
        throw ProaException.invalid("both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'");
      }
      names = List.of(name);
    }
    List<Spec.SeccompArg> args = new ArrayList<>();
    for (JsonNode arg : array(node, "args")) {
      Integer index = integer(arg, "index");
      if (index == null || index < 0 || index > 5) {
        throw malformed("an argument's index is not 0 to 5");
      }
      String operator = text(arg, "op");
      if (!OPERATORS.contains(operator)) {
        throw malformed("\"" + operator + "\" is no comparison operator");
      }
      args.add(new Spec.SeccompArg(index, number(arg, "value"), number(arg, "valueTwo"), operator));
    }
    return new Rule(
        names, action(text(node, "action")), integer(node, "errnoRet"), args, condition(node, "includes"), condition(node, "excludes"));
  }

  private static Condition condition(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return Condition.NONE;
    }
    KernelVersion minKernel = null;
    String version = text(value, "minKernel");
    if (!version.isEmpty()) {
      try {
        minKernel = KernelVersion.parse(version);
      } catch (IllegalArgumentException e) {
        throw malformed("\"" + version + "\" is no kernel version such as 4.8");
      }
    }
    return new Condition(Set.copyOf(texts(value, "caps")), Set.copyOf(texts(value, "arches")), minKernel);
  }

  private static String action(String name) {
    if (!ACTIONS.contains(name)) {
      throw malformed("\"" + name + "\" is no action");
    }
    return name;
  }

  private static JsonNode array(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isMissingNode() && !value.isNull() && !value.isArray()) {
      throw malformed("\"" + field + "\" is not a list");
    }
    return value;
  }

  private static List<String> texts(JsonNode node, String field) {
    List<String> texts = new ArrayList<>();
    for (JsonNode element : array(node, field)) {
      if (!element.isString()) {
        throw malformed("\"" + field + "\" is not a list of texts");
      }
      texts.add(element.stringValue());
    }
    return List.copyOf(texts);
  }

  private static String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return "";
    }
    if (!value.isString()) {
      throw malformed("\"" + field + "\" is not a text");
    }
    return value.stringValue();
  }

  private static @Nullable Integer integer(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw malformed("\"" + field + "\" is no number that fits");
    }
    return value.intValue();
  }

  /** An unsigned 64-bit number, as Go decodes it. */
  private static long number(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return 0;
    }
    if (!value.isIntegralNumber() || value.bigIntegerValue().signum() < 0 || value.bigIntegerValue().bitLength() > 64) {
      throw malformed("\"" + field + "\" is no number of 64 bits");
    }
    return value.bigIntegerValue().longValue();
  }

  private static ProaException malformed(String what) {
    return ProaException.invalid("Decoding seccomp profile failed: " + what);
  }
}
