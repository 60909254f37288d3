package dev.proa.cli.command;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Table.Column;
import dev.proa.cli.text.Units;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code history}. */
public final class HistoryVerb extends Verb {
  private static final int MAX_CREATED_BY = 45;

  public HistoryVerb() {
    super("history [OPTIONS] IMAGE", "Show the history of an image", 1, 1);
  }

  @Override
  protected void flags(Flags flags) {
    flags
        .one("format", "string", "Format output: 'table', 'table TEMPLATE', 'json' or a Go template")
        .toggle('H', "human", "Print sizes and dates in human readable format (default true)")
        .toggle("no-trunc", "Don't truncate output")
        .one("platform", "string", "Show history for the given platform. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")")
        .toggle('q', "quiet", "Only show image IDs");
  }

  @Override
  protected int run(Invocation call) throws IOException {
    Flags flags = call.flags();
    boolean whole = flags.has("no-trunc");
    List<@Nullable Object> history =
        ContainerVerbs.list(call.engine().get("/images/" + Engine.escape(call.argument(0)) + "/history" + Lists.platform('?', flags.get("platform", ""))));
    if (flags.has("quiet") && !flags.given("format")) {
      history.forEach(layer -> call.out().println(id(layer, whole)));
      return 0;
    }
    Table table =
        new Table(
            List.of(
                new Column("ID", "IMAGE"), new Column(flags.given("human") && !flags.has("human") ? "CreatedAt" : "CreatedSince", flags.given("human") && !flags.has("human") ? "CREATED AT" : "CREATED"),
                new Column("CreatedBy", "CREATED BY"), new Column("Size", "SIZE"), new Column("Comment", "COMMENT")),
            List.of(new Column("CreatedAt", "CREATED AT"), new Column("CreatedSince", "CREATED")));
    boolean human = !flags.given("human") || flags.has("human");
    history.forEach(layer -> table.row(row(layer, whole, human)));
    table.print(call.out(), flags.get("format"));
    return 0;
  }

  private static String id(@Nullable Object layer, boolean whole) {
    String id = Json.text(layer, "Id");
    return whole ? id : Units.shortId(id);
  }

  private static Map<String, Object> row(@Nullable Object layer, boolean whole, boolean human) {
    Map<String, Object> row = new HashMap<>();
    String by = Json.text(layer, "CreatedBy").replace('\t', ' ');
    long created = Json.number(layer, "Created");
    long size = Json.number(layer, "Size");
    row.put("ID", id(layer, whole));
    row.put("CreatedSince", human ? created <= 0 ? "N/A" : Units.ago(created) : Units.rfc3339(created));
    row.put("CreatedAt", Units.rfc3339(created));
    row.put("CreatedBy", whole ? by : Units.cut(by, MAX_CREATED_BY));
    row.put("Size", human ? Units.size(size) : String.valueOf(size));
    row.put("Comment", Json.text(layer, "Comment"));
    return row;
  }
}
