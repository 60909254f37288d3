package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The programs {@code docker-credential-NAME}, which keep logins elsewhere than in a file. */
final class CredentialProgram {
  private static final int MAX_OUTPUT = 256 << 10;

  private CredentialProgram() {}

  /** Null if it has none. */
  static @Nullable Object get(String name, String server) throws IOException {
    Answer answer = run(name, "get", server);
    if (answer.status() != 0) {
      if (answer.text().contains("credentials not found in native keychain")) {
        return null;
      }
      throw failure(name, answer);
    }
    try {
      return Json.parse(answer.text());
    } catch (Json.JsonException e) {
      throw new CliException(1, "docker-credential-" + name + " did not answer with JSON");
    }
  }

  static void store(String name, String document) throws IOException {
    Answer answer = run(name, "store", document);
    if (answer.status() != 0) {
      throw failure(name, answer);
    }
  }

  static void erase(String name, String server) throws IOException {
    Answer answer = run(name, "erase", server);
    if (answer.status() != 0 && !answer.text().contains("credentials not found")) {
      throw failure(name, answer);
    }
  }

  private record Answer(int status, String text) {}

  private static CliException failure(String name, Answer answer) {
    return new CliException(1, "error saving or reading credentials: docker-credential-" + name + ": " + answer.text().strip());
  }

  private static Answer run(String name, String verb, String input) throws IOException {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new CliException(1, "\"" + name + "\" is no name of a credential helper");
    }
    Process process;
    try {
      process = new ProcessBuilder("docker-credential-" + name, verb).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw new CliException(1, "cannot run docker-credential-" + name + ", which docker's configuration names: " + e.getMessage());
    }
    try (OutputStream in = process.getOutputStream()) {
      in.write((input + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It ended without reading: its answer says why.
      return answer(process);
    }
    return answer(process);
  }

  private static Answer answer(Process process) throws IOException {
    String text = new String(process.getInputStream().readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8);
    try {
      return new Answer(process.waitFor(), text);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
