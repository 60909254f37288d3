package dev.proa.cli.compose;

import static dev.proa.cli.compose.model.Project.number;
import static dev.proa.cli.compose.model.Project.object;
import static dev.proa.cli.compose.model.Project.text;

import dev.proa.cli.compose.model.ComposeException;
import dev.proa.cli.compose.model.Project;
import dev.proa.cli.http.Engine;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarEntry.Type;
import dev.proa.linux.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A secret or config in a container.
 *
 * @param path of the file on this host that is mounted; null if the project holds the content
 * @param content null if a file does
 */
record SecretFile(String target, @Nullable String path, @Nullable String content, int uid, int gid, int mode) {
  private static final int READABLE = 0444;

  static SecretFile of(Project project, String kind, Map<String, @Nullable Object> use) {
    String source = text(use.get("source"));
    Map<String, @Nullable Object> resource = object((kind.equals("secrets") ? project.secrets() : project.configs()).get(source));
    if (Boolean.TRUE.equals(resource.get("external"))) {
      throw new ComposeException(kind + "." + source + ": external " + kind + " live in clusters, and this is none");
    }
    String target = text(use.get("target"));
    String folder = kind.equals("secrets") ? "/run/secrets/" : "/";
    String at = target.isEmpty() ? folder + source : target.startsWith("/") ? target : folder + target;
    String content = null;
    if (resource.get("environment") != null) {
      String variable = text(resource.get("environment"));
      content = project.environment().get(variable);
      if (content == null) {
        throw new ComposeException(kind + "." + source + ": environment variable \"" + variable + "\" required by it is not set");
      }
    } else if (resource.get("content") != null) {
      content = text(resource.get("content"));
    }
    String path = content == null ? text(resource.get("file")) : null;
    if (path != null && path.isEmpty()) {
      throw new ComposeException(kind + "." + source + ": it names neither file, environment nor content");
    }
    return new SecretFile(at, path, content, id(use, "uid"), id(use, "gid"), (int) number(use.get("mode"), READABLE));
  }

  private static int id(Map<String, @Nullable Object> use, String key) {
    String text = text(use.get(key));
    return text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
  }

  /** Writes the content into a container that has not been started. */
  void put(Engine engine, String container) throws IOException {
    byte[] bytes = (content == null ? "" : content).getBytes(StandardCharsets.UTF_8);
    TarEntry entry = new TarEntry(target.substring(1), Type.FILE, "", mode, uid, gid, bytes.length, 0, 0, 0, 0, Map.of(), null);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    tar.writeBytes(TarWriter.header(entry));
    tar.writeBytes(bytes);
    tar.writeBytes(new byte[TarWriter.padding(entry) + TarWriter.END_BYTES]);
    engine.put("/containers/" + container + "/archive?path=/", new ByteArrayInputStream(tar.toByteArray()));
  }
}
