package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code port}. */
public final class PortVerb extends Verb {
  public PortVerb() {
    super("port CONTAINER [PRIVATE_PORT[/PROTO]]", "List port mappings or a specific mapping for the container", 1, 2);
  }

  @Override
  protected int run(Invocation call) throws IOException {
    Map<String, @Nullable Object> ports =
        Json.object(call.engine().get("/containers/" + Engine.escape(call.argument(0)) + "/json"), "NetworkSettings", "Ports");
    if (call.arguments().size() > 1) {
      String wanted = call.argument(1);
      String key = wanted.contains("/") ? wanted : wanted + "/tcp";
      if (!key.matches("\\d{1,5}/[a-z]+")) {
        throw new CliException(1, "invalid port '" + wanted + "': want PORT[/PROTOCOL]");
      }
      List<String> lines = bindings(ports.get(key));
      if (lines.isEmpty()) {
        throw new CliException(1, "no public port '" + wanted + "' published for " + call.argument(0));
      }
      lines.forEach(call.out()::println);
      return 0;
    }
    List<String> keys = new ArrayList<>(ports.keySet());
    keys.sort(Comparator.comparingInt((String key) -> Integer.parseInt(key.substring(0, key.indexOf('/')))).thenComparing(key -> key));
    for (String key : keys) {
      bindings(ports.get(key)).forEach(line -> call.out().println(key + " -> " + line));
    }
    return 0;
  }

  private static List<String> bindings(@Nullable Object list) {
    List<String> lines = new ArrayList<>();
    for (Object binding : ContainerVerbs.list(list)) {
      String address = Json.text(binding, "HostIp");
      lines.add((address.contains(":") ? "[" + address + "]" : address) + ":" + Json.text(binding, "HostPort"));
    }
    return lines;
  }
}
