package dev.proa.builder.internal;

import dev.proa.builder.internal.context.ScratchFolder;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A git repository as a context or as a source of {@code ADD}, by the git command where the host has it.
 *
 * @param ref branch, tag or commit; empty for the repository's own choice
 * @param folder in the repository; empty for its root
 */
record GitRepository(String address, String ref, String folder) {
  private static final long TIMEOUT_MINUTES = 10;
  private static final int MAX_MESSAGE = 2000;

  static boolean isAddress(String text) {
    String address = text.indexOf('#') < 0 ? text : text.substring(0, text.indexOf('#'));
    return address.startsWith("git://")
        || address.startsWith("git@")
        || address.startsWith("ssh://")
        || Fetch.isAddress(address) && address.endsWith(".git")
        || address.startsWith("github.com/");
  }

  /** {@code address[#ref[:folder]]}. */
  static GitRepository parse(String text) {
    int hash = text.indexOf('#');
    String address = hash < 0 ? text : text.substring(0, hash);
    String fragment = hash < 0 ? "" : text.substring(hash + 1);
    int colon = fragment.indexOf(':');
    String ref = colon < 0 ? fragment : fragment.substring(0, colon);
    if (address.startsWith("-") || ref.startsWith("-")) {
      throw ProaException.invalid("invalid git address " + text);
    }
    return new GitRepository(address.startsWith("github.com/") ? "https://" + address : address, ref, colon < 0 ? "" : fragment.substring(colon + 1));
  }

  /** Checks it out into a new folder. */
  void checkOut(Path into, boolean keepGitDirectory) throws InterruptedException {
    try {
      Files.createDirectories(into);
      git(into, "init", "--quiet");
      git(into, "fetch", "--quiet", "--depth", "1", "--recurse-submodules=no", "--", address, ref.isEmpty() ? "HEAD" : ref);
      git(into, "checkout", "--quiet", "FETCH_HEAD");
      if (!keepGitDirectory) {
        ScratchFolder.removeTree(into.resolve(".git"));
      }
    } catch (IOException e) {
      throw ProaException.unavailable("cannot fetch " + address + ": the git command cannot be run: " + e.getMessage(), e);
    }
  }

  private void git(Path folder, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().put("GIT_TERMINAL_PROMPT", "0");
    builder.environment().put("GIT_ALLOW_PROTOCOL", "http:https:git:ssh");
    builder.environment().put("GIT_CONFIG_NOSYSTEM", "1");
    Path log = Files.createTempFile(folder.getParent(), "git", ".log");
    Process process = builder.redirectOutput(log.toFile()).redirectInput(Path.of("/dev/null").toFile()).start();
    try {
      if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
        throw ProaException.unavailable("cannot fetch " + address + ": git did not end within " + TIMEOUT_MINUTES + " minutes", null);
      }
      if (process.exitValue() != 0) {
        byte[] said = Files.readAllBytes(log);
        String text = new String(said, 0, Math.min(said.length, MAX_MESSAGE), StandardCharsets.UTF_8).strip();
        throw ProaException.unavailable("cannot fetch " + address + (ref.isEmpty() ? "" : " at " + ref) + ": " + text, null);
      }
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(log);
    }
  }
}
