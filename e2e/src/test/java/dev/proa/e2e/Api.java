package dev.proa.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.api.http.RawClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks an engine over its API and has the published description judge every JSON answer. */
final class Api {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final Path socket;
  private final ApiDescription description;
  private final Set<String> judged = new TreeSet<>();

  Api(Path socket, ApiDescription description) {
    this.socket = socket;
    this.description = description;
  }

  /** An answer. */
  record Reply(int status, String text, JsonNode json) {
    Reply expect(int wanted) {
      assertThat(status).as(text).isEqualTo(wanted);
      return this;
    }

    String message() {
      return json.path("message").asString("");
    }
  }

  /** @param request {@code GET /containers/json}, without version */
  Reply ask(String request) throws IOException {
    return ask(request, null);
  }

  Reply ask(String request, String body) throws IOException {
    String[] parts = request.split(" ", 2);
    byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
    String head = parts[0] + " /v1.51" + parts[1] + " HTTP/1.1\r\nHost: d\r\nContent-Length: " + bytes.length + "\r\n";
    return send(parts[0], parts[1], head + (body == null ? "" : "Content-Type: application/json\r\n") + "\r\n", bytes);
  }

  /** Sends a body that is no JSON. */
  Reply upload(String request, String contentType, byte[] body) throws IOException {
    String[] parts = request.split(" ", 2);
    String head =
        parts[0] + " /v1.51" + parts[1] + " HTTP/1.1\r\nHost: d\r\nContent-Type: " + contentType + "\r\nContent-Length: " + body.length + "\r\n\r\n";
    return send(parts[0], parts[1], head, body);
  }

  private Reply send(String method, String target, String head, byte[] body) throws IOException {
    RawClient.Answer answer;
    try (RawClient client = new RawClient(socket)) {
      client.send(head).send(body);
      if (method.equals("HEAD")) {
        RawClient.Head answered = client.head();
        answer = new RawClient.Answer(answered.status(), answered.headers(), new byte[0]);
      } else {
        answer = client.answer();
      }
    }
    String type = answer.headers().getOrDefault("content-type", "");
    boolean single = !method.equals("HEAD") && type.startsWith("application/json") && answer.text().strip().lines().count() == 1;
    JsonNode json = single ? MAPPER.readTree(answer.body()) : MAPPER.nullNode();
    judge(method, target, answer.status(), single ? json : null);
    return new Reply(answer.status(), answer.text(), json);
  }

  /** Asks for the connection and reads what comes over it until the engine ends it. */
  Reply upgrade(String request, String headers) throws IOException {
    String[] parts = request.split(" ", 2);
    String head = parts[0] + " /v1.51" + parts[1] + " HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\nConnection: Upgrade\r\n" + headers + "\r\n";
    return send(parts[0], parts[1], head, new byte[0]);
  }

  /** @param json null if the answer is no single document */
  private void judge(String method, String target, int status, @Nullable JsonNode json) {
    String path = target.replaceFirst("\\?.*", "");
    for (String operation : description.operations()) {
      String[] parts = operation.split(" ", 2);
      if (parts[0].equals(method) && matches(parts[1], path)) {
        judged.add(operation + " " + status);
        if (json != null) {
          assertThat(description.problems(method, parts[1], status, json)).as(method + " " + target + ": " + json).isEmpty();
        }
        return;
      }
    }
  }

  private static boolean matches(String template, String path) {
    if (!template.contains("{")) {
      return template.equals(path);
    }
    List<String> literals = new ArrayList<>();
    for (String literal : template.split("\\{[^}]*}", -1)) {
      literals.add(Pattern.quote(literal));
    }
    // A fixed path goes before one with a parameter: /containers/json is no container.
    return path.matches(String.join("[^?]+", literals)) && !path.matches("/(containers|images|volumes|networks)/(json|create|prune|search|load|get)");
  }

  /** The operations and statuses that were compared with the description. */
  Set<String> judged() {
    return judged;
  }
}
