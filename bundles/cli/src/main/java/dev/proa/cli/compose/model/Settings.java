package dev.proa.cli.compose.model;

import dev.proa.cli.compose.model.Value.Text;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a command line says in the short forms that files have, too. */
public final class Settings {
  private Settings() {}

  private static Text text(String text) {
    return new Text(text, false, "", new Place("command line", 1, 1));
  }

  /** As {@code ports} has it. */
  public static List<Object> port(String text) {
    return ShortSyntax.port(text(text), "port");
  }

  /** As {@code volumes} has it. */
  public static Map<String, @Nullable Object> volume(String text, Path directory) {
    return ShortSyntax.volume(text(text), "volume", directory);
  }

  /** Words as a shell splits them. */
  public static @Nullable List<Object> command(String text) {
    return Shapes.command(text(text), "command");
  }
}
