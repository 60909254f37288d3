package dev.proa.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KvmAbiTest {
  /** Ours with a name that is no macro of the headers. */
  private static final Map<String, String> EXPRESSIONS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("API_VERSION", "KVM_API_VERSION"),
              Map.entry("RUN_IMMEDIATE_EXIT", "__builtin_offsetof(struct kvm_run, immediate_exit)"),
              Map.entry("RUN_EXIT_REASON", "__builtin_offsetof(struct kvm_run, exit_reason)"),
              Map.entry("RUN_UNION", "__builtin_offsetof(struct kvm_run, io)"),
              Map.entry("RUN_MINIMUM_SIZE", "sizeof(struct kvm_run)")));

  @TempDir Path directory;

  /** Numbers, sizes and offsets as the installed headers have them. */
  @Test
  void isWhatTheHeadersSay() throws Exception {
    Map<String, Long> ours = new TreeMap<>();
    for (Field field : KvmAbi.class.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getType().isPrimitive() && !Modifier.isPrivate(field.getModifiers())) {
        ours.put(field.getName(), ((Number) field.get(null)).longValue());
      }
    }
    StringBuilder program = new StringBuilder("#include <stdio.h>\n#include <linux/kvm.h>\nint main(void) {\n");
    for (String name : ours.keySet()) {
      String expression = expression(name);
      if (expression != null) {
        program.append("printf(\"").append(name).append(" %lld\\n\", (long long)(").append(expression).append("));\n");
      }
    }
    Path source = Files.writeString(directory.resolve("kvm.c"), program.append("return 0; }\n"));
    String errors;
    try {
      errors = run("cc", "-w", "-o", directory.resolve("kvm").toString(), source.toString());
    } catch (java.io.IOException e) {
      Assumptions.abort("no C compiler to ask: " + e.getMessage());
      return;
    }
    assertThat(errors).isEmpty();
    Map<String, Long> theirs = new TreeMap<>();
    for (String line : run(directory.resolve("kvm").toString()).split("\n")) {
      theirs.put(line.split(" ")[0], Long.parseLong(line.split(" ")[1]));
    }
    ours.keySet().retainAll(theirs.keySet());
    assertThat(ours).isEqualTo(theirs).hasSizeGreaterThan(90);
  }

  private static String expression(String name) {
    if (name.startsWith("SIZEOF_")) {
      return "sizeof(struct " + name.substring("SIZEOF_".length()).toLowerCase(java.util.Locale.ROOT) + ")";
    }
    if (name.startsWith("SREGS_")) {
      return "__builtin_offsetof(struct kvm_sregs, " + name.substring("SREGS_".length()).toLowerCase(java.util.Locale.ROOT) + ")";
    }
    return EXPRESSIONS.getOrDefault(name, name.startsWith("KVM_") ? name : null);
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }
}
