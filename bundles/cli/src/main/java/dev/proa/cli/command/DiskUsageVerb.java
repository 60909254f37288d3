package dev.proa.cli.command;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Table.Column;
import dev.proa.cli.text.Units;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code system df}: who takes how much of the disk; with {@code -v} whose each part of it is. */
public final class DiskUsageVerb extends Verb {
  public DiskUsageVerb() {
    super("system df [OPTIONS]", "Show who takes how much of the disk", 0, 0);
  }

  @Override
  protected void flags(Flags flags) {
    flags.one("format", "string", "Format output: 'table', 'json' or a Go template").toggle('v', "verbose", "Show whose each part is");
  }

  @Override
  protected int run(Invocation call) throws IOException {
    boolean verbose = call.flags().has("verbose");
    Object usage = call.engine().get("/system/df" + (verbose ? "?content=1" : ""));
    if (verbose && !call.flags().given("format")) {
      verbose(usage, call.out());
      return 0;
    }
    Table table =
        new Table(
            List.of(new Column("Type", "TYPE"), new Column("TotalCount", "TOTAL"), new Column("Active", "ACTIVE"), new Column("Size", "SIZE"), new Column("Reclaimable", "RECLAIMABLE")),
            List.of());
    images(usage).into(table);
    containers(usage).into(table);
    volumes(usage).into(table);
    buildCache(usage).into(table);
    table.print(call.out(), call.flags().get("format"));
    return 0;
  }

  private record Row(String type, long total, long active, long bytes, long reclaimable) {
    void into(Table table) {
      String share = bytes > 0 ? " (" + reclaimable * 100 / bytes + "%)" : "";
      table.row(Map.of("Type", type, "TotalCount", total, "Active", active, "Size", Units.size(bytes), "Reclaimable", Units.size(reclaimable) + share));
    }
  }

  private static Row images(@Nullable Object usage) {
    long active = 0;
    long used = 0;
    List<@Nullable Object> images = Json.list(usage, "Images");
    for (Object image : images) {
      if (Json.number(image, "Containers") > 0) {
        active++;
        used += unique(image);
      }
    }
    long layers = Json.number(usage, "LayersSize");
    return new Row("Images", images.size(), active, layers, Math.max(layers - used, 0));
  }

  private static long unique(@Nullable Object image) {
    return Json.number(image, "Size") - Json.number(image, "SharedSize");
  }

  private static Row containers(@Nullable Object usage) {
    long active = 0;
    long bytes = 0;
    long reclaimable = 0;
    List<@Nullable Object> containers = Json.list(usage, "Containers");
    for (Object container : containers) {
      long size = Json.number(container, "SizeRw");
      boolean runs = List.of("running", "paused", "restarting").contains(Json.text(container, "State"));
      active += runs ? 1 : 0;
      bytes += size;
      reclaimable += runs ? 0 : size;
    }
    return new Row("Containers", containers.size(), active, bytes, reclaimable);
  }

  private static Row volumes(@Nullable Object usage) {
    long active = 0;
    long bytes = 0;
    long reclaimable = 0;
    List<@Nullable Object> volumes = Json.list(usage, "Volumes");
    for (Object volume : volumes) {
      long size = Math.max(Json.number(volume, "UsageData", "Size"), 0);
      boolean linked = Json.number(volume, "UsageData", "RefCount") > 0;
      active += linked ? 1 : 0;
      bytes += size;
      reclaimable += linked ? 0 : size;
    }
    return new Row("Local Volumes", volumes.size(), active, bytes, reclaimable);
  }

  private static Row buildCache(@Nullable Object usage) {
    long active = 0;
    long bytes = 0;
    long reclaimable = 0;
    List<@Nullable Object> records = Json.list(usage, "BuildCache");
    for (Object record : records) {
      long size = Json.number(record, "Size");
      boolean used = Json.isTrue(record, "InUse");
      boolean shared = Json.isTrue(record, "Shared");
      active += used ? 1 : 0;
      // What is shared is counted among the images.
      bytes += shared ? 0 : size;
      reclaimable += used || shared ? 0 : size;
    }
    return new Row("Build Cache", records.size(), active, bytes, reclaimable);
  }

  // ---- Whose it is

  private static void verbose(@Nullable Object usage, PrintStream out) {
    out.println("Images space usage:\n");
    List<List<String>> images = table("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS");
    Map<String, String> names = new HashMap<>();
    for (Object image : Json.list(usage, "Images")) {
      String name = Json.list(image, "RepoTags").stream().map(String::valueOf).findFirst().orElse("<none>:<none>");
      int colon = name.lastIndexOf(':');
      names.put(Json.text(image, "Id"), name);
      row(
          images, name.substring(0, colon), name.substring(colon + 1), Units.shortId(Json.text(image, "Id")), Units.ago(Json.number(image, "Created")),
          Units.size(Json.number(image, "Size")), Units.size(Json.number(image, "SharedSize")), Units.size(unique(image)), Long.toString(Json.number(image, "Containers")));
    }
    Table.printAligned(out, images);

    out.println("\nContainers space usage:\n");
    List<List<String>> containers = table("CONTAINER ID", "IMAGE", "COMMAND", "LOCAL VOLUMES", "SIZE", "CREATED", "STATUS", "NAMES");
    for (Object container : Json.list(usage, "Containers")) {
      long volumes = Json.list(container, "Mounts").stream().filter(mount -> Json.text(mount, "Type").equals("volume")).count();
      row(
          containers, Units.shortId(Json.text(container, "Id")), Json.text(container, "Image"), "\"" + Units.cut(Json.text(container, "Command"), 20) + "\"", Long.toString(volumes),
          Units.size(Json.number(container, "SizeRw")), Units.ago(Json.number(container, "Created")), Json.text(container, "Status"),
          Json.list(container, "Names").stream().map(name -> String.valueOf(name).replaceFirst("^/", "")).findFirst().orElse(""));
    }
    Table.printAligned(out, containers);

    out.println("\nLocal Volumes space usage:\n");
    List<List<String>> volumes = table("VOLUME NAME", "LINKS", "SIZE");
    for (Object volume : Json.list(usage, "Volumes")) {
      row(volumes, Json.text(volume, "Name"), Long.toString(Json.number(volume, "UsageData", "RefCount")), Units.size(Math.max(Json.number(volume, "UsageData", "Size"), 0)));
    }
    Table.printAligned(out, volumes);

    out.println("\nBuild cache usage: " + Units.size(buildCache(usage).bytes()));
    content(usage, names, out);
  }

  /** Blobs as they came: they are beside the layers above, which are unpacked. */
  private static void content(@Nullable Object usage, Map<String, String> names, PrintStream out) {
    long bytes = 0;
    long orphaned = 0;
    List<List<String>> blobs = table("DIGEST", "KIND", "SIZE", "OWNER");
    for (Object blob : Json.list(usage, "Content")) {
      long size = Json.number(blob, "Size");
      String kind = Json.text(blob, "Kind");
      bytes += size;
      orphaned += kind.equals("orphan") ? size : 0;
      String owners = String.join(", ", Json.list(blob, "Owners").stream().map(owner -> names.getOrDefault(String.valueOf(owner), owner(String.valueOf(owner)))).sorted().toList());
      row(blobs, Units.shortId(Json.text(blob, "Digest")), kind, Units.size(size), owners.isEmpty() ? "nobody" : owners);
    }
    out.println("\nContent space usage: " + Units.size(bytes) + ", of which nobody needs " + Units.size(orphaned) + "\n");
    Table.printAligned(out, blobs);
  }

  /** An image without a name, or who is none. */
  private static String owner(String owner) {
    return owner.startsWith("sha256:") ? Units.shortId(owner) : owner;
  }

  private static List<List<String>> table(String... titles) {
    return new ArrayList<>(List.of(List.of(titles)));
  }

  private static void row(List<List<String>> table, String... cells) {
    table.add(List.of(cells));
  }
}
