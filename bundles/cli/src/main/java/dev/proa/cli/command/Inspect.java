package dev.proa.cli.command;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Template;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code inspect}: a container, an image, a network or a volume of that name, whichever there is first. */
public final class Inspect extends Verb {
  private static final Map<String, String> PATHS = 
      Map.of("container", "/containers/%s/json", "image", "/images/%s/json", "network", "/networks/%s", "volume", "/volumes/%s");
  private static final List<String> ORDER = List.of("container", "image", "network", "volume");

  private final String only;

  public Inspect() {
    super("inspect [OPTIONS] NAME|ID [NAME|ID...]", "Return low-level information on containers, images, networks and volumes", 1, -1);
    only = "";
  }

  /** @param only {@code container} or {@code image} */
  public Inspect(String only) {
    super(only + " inspect [OPTIONS] " + only.toUpperCase(Locale.ROOT) + " [" + only.toUpperCase(Locale.ROOT) + "...]", "Display detailed information on one or more " + only + "s", 1, -1);
    this.only = only;
  }

  @Override
  protected void flags(Flags flags) {
    flags.one('f', "format", "string", "Format output: 'json' or a Go template");
    if (only.equals("image")) {
      flags.one("platform", "string", "Inspect a specific platform of the multi-platform image. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")");
    } else {
      flags.toggle('s', "size", "Display total file sizes if the type is container");
    }
    if (only.isEmpty()) {
      flags.one("type", "string", "Only inspect objects of the given type (container|image|network|volume)");
    }
  }

  @Override
  protected String examples() {
    return only.isEmpty() ? """
        proa inspect -f '{{.State.Pid}}' web
        proa inspect -f '{{json .Mounts}}' web
        proa inspect --type image alpine"""
        : "";
  }

  @Override
  protected int run(Invocation call) throws IOException {
    String type = call.flags().get("type", only);
    if (!type.isEmpty() && !PATHS.containsKey(type)) {
      throw new dev.proa.cli.CliException(1, "unknown type: \"" + type + "\"");
    }
    return print(call, name -> find(call, type, name));
  }

  private static @Nullable Object find(Invocation call, String type, String name) throws IOException {
    for (String each : ORDER) {
      if (type.isEmpty() || type.equals(each)) {
        try {
          String query = each.equals("container") && call.flags().has("size") ? "?size=1" : each.equals("image") ? Lists.platform('?', call.flags().get("platform", "")) : "";
          return call.engine().get(String.format(PATHS.get(each), Engine.escape(name)) + query);
        } catch (EngineException e) {
          if (e.status() != 404 || !type.isEmpty()) {
            throw e;
          }
        }
      }
    }
    throw new NoSuchObject(name);
  }

  private static final class NoSuchObject extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoSuchObject(String name) {
      super("No such object: " + name);
    }
  }

  /** How one thing is asked for. */
  interface Lookup {
    @Nullable Object get(String name) throws IOException;
  }

  /** Prints what is found, as docker: an array even if something is missing, the errors after it, status 1. */
  static int print(Invocation call, Lookup lookup) throws IOException {
    String format = call.flags().get("format");
    Template template = format == null || format.equals("json") ? null : Template.parse(format);
    List<@Nullable Object> found = new ArrayList<>();
    List<String> errors = new ArrayList<>();
    for (String name : call.arguments()) {
      try {
        found.add(lookup.get(name));
      } catch (EngineException e) {
        errors.add("Error response from daemon: " + e.getMessage());
      } catch (NoSuchObject e) {
        errors.add("error: " + e.getMessage());
      }
    }
    if (template != null) {
      found.forEach(each -> call.out().println(template.apply(each)));
    } else if (format != null) {
      found.forEach(each -> call.out().println(Json.write(each)));
    } else {
      call.out().println(Json.writePretty(found));
    }
    if (template != null && found.isEmpty() && !errors.isEmpty()) {
      call.out().println();
    }
    call.out().flush();
    errors.forEach(call.err()::println);
    return errors.isEmpty() ? 0 : 1;
  }
}
