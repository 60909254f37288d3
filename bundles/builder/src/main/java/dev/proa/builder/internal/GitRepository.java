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
import java.util.regex.Pattern;

/**
 * A git repository as a context or as a source of {@code ADD}, by the git command where the host has it.
 *
 * @param ref branch, tag or commit; empty for the repository's own choice
 * @param folder in the repository; empty for its root
 */
record GitRepository(String address, String ref, String folder) {
  private static final long TIMEOUT_MINUTES = 10;
  private static final int MAX_MESSAGE = 2000;

  /** A server that only hands out files, or one that gives branches and tags alone. */
  private static final Pattern SINGLE_REFUSED = Pattern.compile("dumb http transport|unadvertised object|not our ref|shallow");

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
      git(into, "checkout", "--quiet", fetch(into));
      if (!keepGitDirectory) {
        ScratchFolder.removeTree(into.resolve(".git"));
      }
    } catch (IOException e) {
      throw ProaException.unavailable("cannot fetch " + address + ": the git command cannot be run: " + e.getMessage(), e);
    }
  }

  /** The commit alone, or all there is where the server gives no single one; says what is to be checked out. */
  private String fetch(Path into) throws IOException, InterruptedException {
    try {
      git(into, "fetch", "--quiet", "--depth", "1", "--recurse-submodules=no", "--", address, ref.isEmpty() ? "HEAD" : ref);
      return "FETCH_HEAD";
    } catch (ProaException e) {
      if (!SINGLE_REFUSED.matcher(String.valueOf(e.getMessage())).find()) {
        throw e;
      }
    }
    String[] all = {"+HEAD:refs/all/HEAD", "+refs/heads/*:refs/all/heads/*", "+refs/tags/*:refs/all/tags/*"};
    List<String> fetch = new ArrayList<>(List.of("fetch", "--quiet", "--no-tags", "--recurse-submodules=no", "--", address));
    fetch.addAll(List.of(all));
    git(into, fetch.toArray(String[]::new));
    if (ref.isEmpty()) {
      return "refs/all/HEAD";
    }
    for (String name : List.of("refs/all/heads/" + ref, "refs/all/tags/" + ref)) {
      if (known(into, name)) {
        return name;
      }
    }
    if (ref.matches("[0-9a-f]{40}") && known(into, ref + "^{commit}")) {
      return ref;
    }
    throw ProaException.notFound("cannot fetch " + address + " at " + ref + ": it has no such branch, tag or commit");
  }

  private boolean known(Path folder, String name) throws IOException, InterruptedException {
    try {
      git(folder, "rev-parse", "--quiet", "--verify", "--end-of-options", name);
      return true;
    } catch (ProaException e) {
      return false;
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
      process.descendants().forEach(ProcessHandle::destroyForcibly); // what speaks to the server is a process of its own
      process.destroyForcibly();
      Files.deleteIfExists(log);
    }
  }
}
