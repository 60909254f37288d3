package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Units;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Verbs that remove what is not used: of containers, images, volumes, and of everything. */
public final class PruneVerbs {
  private PruneVerbs() {}

  /** Asks before something is removed; who does not say {@code y} ends the command. */
  static void confirm(Invocation call, String what, String warning) throws IOException {
    if (call.flags().has("force")) {
      return;
    }
    call.out().print(warning + "\nAre you sure you want to continue? [y/N] ");
    call.out().flush();
    String answer = new BufferedReader(new InputStreamReader(call.in(), StandardCharsets.UTF_8)).readLine();
    call.out().println();
    if (answer == null || !answer.strip().toLowerCase(Locale.ROOT).equals("y")) {
      throw new CliException(1, what + " has been cancelled");
    }
  }

  /** The filters given, and {@code pruneFilters} of config.json. */
  private static List<String> filters(Invocation call) throws IOException {
    List<String> filters = new ArrayList<>(call.flags().list("filter"));
    filters.addAll(DockerConfig.read().pruneFilters());
    return filters;
  }

  /** @return bytes that were freed */
  private static long report(Invocation call, String title, List<@Nullable Object> deleted, long bytes) {
    if (!deleted.isEmpty()) {
      call.out().println(title);
      deleted.forEach(call.out()::println);
      call.out().println();
    }
    return bytes;
  }

  private static int total(Invocation call, long bytes) {
    call.out().println("Total reclaimed space: " + Units.size(bytes));
    return 0;
  }

  private static long containers(Invocation call, List<String> filters) throws IOException {
    Object answer = call.engine().post("/containers/prune" + Lists.filters('?', filters), null);
    return report(call, "Deleted Containers:", Json.list(answer, "ContainersDeleted"), Json.number(answer, "SpaceReclaimed"));
  }

  private static void networks(Invocation call, List<String> filters) throws IOException {
    report(call, "Deleted Networks:", Json.list(call.engine().post("/networks/prune" + Lists.filters('?', filters), null), "NetworksDeleted"), 0);
  }

  private static long volumes(Invocation call, boolean all, List<String> given) throws IOException {
    List<String> filters = new ArrayList<>(given);
    if (all) {
      filters.add("all=true");
    }
    Object answer = call.engine().post("/volumes/prune" + Lists.filters('?', filters), null);
    return report(call, "Deleted Volumes:", Json.list(answer, "VolumesDeleted"), Json.number(answer, "SpaceReclaimed"));
  }

  private static long images(Invocation call, boolean all, List<String> given) throws IOException {
    List<String> filters = new ArrayList<>(given);
    filters.add("dangling=" + !all);
    Object answer = call.engine().post("/images/prune" + Lists.filters('?', filters), null);
    List<@Nullable Object> lines = new ArrayList<>();
    for (Object each : Json.list(answer, "ImagesDeleted")) {
      String untagged = Json.text(each, "Untagged");
      lines.add(untagged.isEmpty() ? "deleted: " + Json.text(each, "Deleted") : "untagged: " + untagged);
    }
    return report(call, "Deleted Images:", lines, Json.number(answer, "SpaceReclaimed"));
  }

  private static long buildCache(Invocation call, boolean all, List<String> filters) throws IOException {
    Object answer = call.engine().post("/build/prune?all=" + (all ? 1 : 0) + Lists.filters('&', filters), null);
    return report(call, "Deleted build cache objects:", Json.list(answer, "CachesDeleted"), Json.number(answer, "SpaceReclaimed"));
  }

  /** {@code container prune}. */
  public static final class Containers extends Verb {
    public Containers() {
      super("container prune [OPTIONS]", "Remove all stopped containers", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags.list("filter", "Provide filter values (e.g. \"until=<timestamp>\")").toggle('f', "force", "Do not prompt for confirmation");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      confirm(call, "container prune", "WARNING! This will remove all stopped containers.");
      return total(call, containers(call, filters(call)));
    }
  }

  /** {@code image prune}. */
  public static final class Images extends Verb {
    public Images() {
      super("image prune [OPTIONS]", "Remove unused images", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "all", "Remove all unused images, not just dangling ones")
          .list("filter", "Provide filter values (e.g. \"until=<timestamp>\")")
          .toggle('f', "force", "Do not prompt for confirmation");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      boolean all = call.flags().has("all");
      confirm(call, "image prune", "WARNING! This will remove all " + (all ? "images without at least one container associated to them." : "dangling images."));
      return total(call, images(call, all, filters(call)));
    }
  }

  /** {@code volume prune}. */
  public static final class Volumes extends Verb {
    public Volumes() {
      super("volume prune [OPTIONS]", "Remove unused local volumes", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "all", "Remove all unused volumes, not just anonymous ones")
          .list("filter", "Provide filter values (e.g. \"label=<label>\")")
          .toggle('f', "force", "Do not prompt for confirmation");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      boolean all = call.flags().has("all");
      confirm(call, "volume prune", "WARNING! This will remove " + (all ? "all" : "anonymous") + " local volumes not used by at least one container.");
      return total(call, volumes(call, all, filters(call)));
    }
  }

  /** {@code system prune}. */
  public static final class Everything extends Verb {
    public Everything() {
      super("system prune [OPTIONS]", "Remove unused data", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "all", "Remove all unused images not just dangling ones")
          .list("filter", "Provide filter values (e.g. \"label=<key>=<value>\")")
          .toggle('f', "force", "Do not prompt for confirmation")
          .toggle("volumes", "Prune anonymous volumes");
    }

    @Override
    protected String examples() {
      return "proa system prune -f --filter until=24h\nproa system prune -a --volumes";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      boolean all = call.flags().has("all");
      boolean withVolumes = call.flags().has("volumes");
      List<String> filters = filters(call);
      if (withVolumes && filters.stream().anyMatch(filter -> filter.startsWith("until"))) {
        throw new CliException(1, "The \"until\" filter is not supported with \"--volumes\"");
      }
      StringBuilder warning = new StringBuilder("WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n");
      if (withVolumes) {
        warning.append("  - all anonymous volumes not used by at least one container\n");
      }
      warning.append(all ? "  - all images without at least one container associated to them\n  - all build cache\n" : "  - all dangling images\n  - unused build cache\n");
      if (!filters.isEmpty()) {
        warning.append("\n  Items to be pruned will be filtered with:\n");
        filters.forEach(filter -> warning.append("  - ").append(filter).append('\n'));
      }
      confirm(call, "system prune", warning.toString());
      long bytes = containers(call, filters);
      networks(call, filters);
      if (withVolumes) {
        bytes += volumes(call, false, filters);
      }
      bytes += images(call, all, filters);
      bytes += buildCache(call, all, filters.stream().filter(filter -> !filter.startsWith("label")).toList());
      return total(call, bytes);
    }
  }
}
