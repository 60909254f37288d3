package dev.proa.cli.compose.model;

import dev.proa.cli.compose.model.Value.Text;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads networks, volumes, secrets and configs. */
final class ResourceReader {
  private final Path directory;
  private final Consumer<String> warnings;

  ResourceReader(Path directory, Consumer<String> warnings) {
    this.directory = directory;
    this.warnings = warnings;
  }

  /** @param section {@code networks}, {@code volumes}, {@code secrets} or {@code configs} */
  Map<String, @Nullable Object> read(String section, Value value) {
    Mapping mapping =
        switch (section) {
          case "networks" -> network();
          case "volumes" -> resource().with("driver", Shapes::text).with("driver_opts", Shapes::labels);
          default -> resource().with(Shapes::text, "environment", "content", "driver", "template_driver").with("driver_opts", Shapes::labels).with("file", (v, a) -> ShortSyntax.absolute(Shapes.text(v, a), directory));
        };
    Map<String, @Nullable Object> read = new LinkedHashMap<>();
    if (!value.absent()) {
      Shapes.fields(value, section).forEach((name, each) -> read.put(name, mapping.read(each, section + "." + name, warnings)));
    }
    return read;
  }

  private Mapping resource() {
    return new Mapping().with("name", Shapes::text).with("labels", Shapes::labels).with("external", this::external);
  }

  /** {@code true}, or the older {@code {name: …}}. */
  private Object external(Value value, String at) {
    return value instanceof Text ? (Object) Shapes.bool(value, at) : new Mapping().with("name", Shapes::text).read(value, at, warnings);
  }

  private Mapping network() {
    Mapping pool = new Mapping().with(Shapes::text, "subnet", "gateway", "ip_range").with("aux_addresses", Shapes::labels);
    return resource()
        .with("driver", Shapes::text)
        .with("driver_opts", Shapes::labels)
        .with(Shapes::bool, "attachable", "internal", "enable_ipv4", "enable_ipv6")
        .with(
            "ipam",
            (value, at) ->
                new Mapping()
                    .with("driver", Shapes::text)
                    .with("options", Shapes::labels)
                    .with("config", (v, a) -> Shapes.items(v, a).stream().map(each -> (Object) pool.read(each, a, warnings)).toList())
                    .read(value, at, warnings));
  }

}
