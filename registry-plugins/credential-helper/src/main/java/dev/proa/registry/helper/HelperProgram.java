package dev.proa.registry.helper;

import dev.proa.spi.ProaException;
import dev.proa.spi.registry.Credentials;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * A program {@code docker-credential-NAME} (docker-credential-helpers: the registry on standard input of {@code get}, a JSON document on
 * standard output, words and a status other than 0 if it cannot).
 */
final class HelperProgram {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int MAX_OUTPUT = 256 << 10;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final String NOT_FOUND = "credentials not found in native keychain";
  /** The user name that stands for "the secret is an identity token". */
  private static final String TOKEN = "<token>";

  private final String program;
  private final Map<String, String> environment;

  HelperProgram(String name, Map<String, String> environment) {
    if (!NAME.matcher(name).matches()) {
      throw ProaException.failedPrecondition("\"" + name + "\" in docker's configuration is no name of a credential helper");
    }
    this.program = "docker-credential-" + name;
    this.environment = environment;
  }

  /** Empty if it has none for the registry. */
  Optional<Credentials> get(String registry) {
    ProcessBuilder builder = new ProcessBuilder(file(registry).toString(), "get").redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw ProaException.failedPrecondition(
          "credential helper " + program + " for " + registry + " cannot be run: " + e.getMessage());
    }
    try {
      byte[] output = converse(process, registry);
      return process.exitValue() == 0 ? Optional.of(read(registry, output)) : refused(registry, process.exitValue(), output);
    } finally {
      process.destroyForcibly();
    }
  }

  private Path file(String registry) {
    for (String folder : environment.getOrDefault("PATH", "").split(":")) {
      Path file = Path.of(folder, program);
      if (!folder.isEmpty() && Files.isExecutable(file) && Files.isRegularFile(file)) {
        return file;
      }
    }
    throw ProaException.failedPrecondition(
        "credential helper " + program + " for " + registry + " is not in the daemon's PATH; install it or take it out of docker's configuration");
  }

  private byte[] converse(Process process, String registry) {
    Executor threads = task -> Thread.ofVirtual().name(program).start(task);
    CompletableFuture<byte[]> output = CompletableFuture.supplyAsync(() -> exchange(process, registry), threads);
    try {
      byte[] bytes = output.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (bytes.length > MAX_OUTPUT || !process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw failure(registry, "it says more than " + MAX_OUTPUT + " bytes or does not end");
      }
      return bytes;
    } catch (TimeoutException e) {
      throw failure(registry, "no answer within " + PATIENCE.toSeconds() + " s");
    } catch (ExecutionException e) {
      throw failure(registry, String.valueOf(e.getCause().getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ProaException.unavailable("asking credential helper " + program + " was canceled", e);
    }
  }

  private static byte[] exchange(Process process, String registry) {
    try (OutputStream in = process.getOutputStream()) {
      in.write((registry + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It ended without reading; what it says tells more.
      return read(process);
    }
    return read(process);
  }

  private static byte[] read(Process process) {
    try (InputStream out = process.getInputStream()) {
      return out.readNBytes(MAX_OUTPUT + 1);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Credentials read(String registry, byte[] output) {
    // The document holds the secret: nothing of it is repeated.
    JsonNode json = DockerConfig.parse(output).orElseThrow(() -> failure(registry, "its answer is not JSON"));
    String username = json.path("Username").asString("");
    String secret = json.path("Secret").asString("");
    if (secret.isEmpty()) {
      throw failure(registry, "its answer has no secret");
    }
    return username.equals(TOKEN) ? new Credentials("", "", secret, "", program) : new Credentials(username, secret, "", "", program);
  }

  private Optional<Credentials> refused(String registry, int status, byte[] output) {
    String said = new String(output, 0, Math.min(output.length, 500), StandardCharsets.UTF_8).strip();
    if (said.contains(NOT_FOUND)) {
      return Optional.empty();
    }
    throw failure(registry, said.isEmpty() ? "exit status " + status : said);
  }

  private ProaException failure(String registry, String reason) {
    return ProaException.failedPrecondition("credential helper " + program + " failed for " + registry + ": " + reason);
  }
}
