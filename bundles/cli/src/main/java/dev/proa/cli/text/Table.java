package dev.proa.cli.text;

import dev.proa.cli.json.Json;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Rows with named fields, printed as docker's formatter does: a table, a template a row, or JSON a row. */
public final class Table {
  private static final int MIN_WIDTH = 10;
  private static final int GAP = 3;

  /** @param field name in templates; @param title of its column */
  public record Column(String field, String title) {}

  private final List<Column> columns;
  private final List<Column> all;
  private final List<Map<String, ?>> rows = new ArrayList<>();

  /**
   * @param columns what the table shows
   * @param more fields that only templates and JSON show
   */
  public Table(List<Column> columns, List<Column> more) {
    this.columns = columns;
    this.all = new ArrayList<>(columns);
    this.all.addAll(more);
  }

  public void row(Map<String, ?> fields) {
    rows.add(fields);
  }

  /** @param format null or {@code table} for the table, {@code table TEMPLATE}, {@code json}, or a template */
  public void print(PrintStream out, @Nullable String format) {
    if (format == null || format.isEmpty() || format.equals("table")) {
      List<List<String>> lines = new ArrayList<>();
      lines.add(columns.stream().map(Column::title).toList());
      for (Map<String, ?> row : rows) {
        lines.add(columns.stream().map(column -> text(row, column)).toList());
      }
      printAligned(out, lines);
    } else if (format.equals("json")) {
      rows.forEach(row -> out.println(Json.write(shown(row))));
    } else if (format.startsWith("table ")) {
      printTemplateTable(out, Template.parse(format.substring("table ".length())));
    } else {
      Template template = Template.parse(format);
      rows.forEach(row -> out.println(template.apply(row)));
    }
  }

  /** Without what is for templates alone: a map stands for a method with an argument, such as {@code .Label}. */
  private static Map<String, ?> shown(Map<String, ?> row) {
    Map<String, Object> shown = new TreeMap<>(row);
    shown.values().removeIf(value -> value instanceof Map<?, ?>);
    return shown;
  }

  private void printTemplateTable(PrintStream out, Template template) {
    Map<String, Object> titles = new java.util.HashMap<>();
    all.forEach(column -> titles.put(column.field(), column.title()));
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of(template.apply(titles).split("\t", -1)));
    for (Map<String, ?> row : rows) {
      lines.add(List.of(template.apply(row).split("\t", -1)));
    }
    printAligned(out, lines);
  }

  private static String text(Map<String, ?> row, Column column) {
    Object value = row.get(column.field());
    return value == null ? "" : value.toString();
  }

  /** As Go's tabwriter with minimal width 10 and padding 3: the last cell of a line is not padded. */
  public static void printAligned(PrintStream out, List<List<String>> lines) {
    List<Integer> widths = new ArrayList<>();
    for (List<String> line : lines) {
      for (int i = 0; i < line.size(); i++) {
        int width = Math.max(MIN_WIDTH, line.get(i).codePointCount(0, line.get(i).length()) + GAP);
        if (i < widths.size()) {
          widths.set(i, Math.max(widths.get(i), width));
        } else {
          widths.add(width);
        }
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      text.setLength(0);
      for (int i = 0; i < line.size(); i++) {
        String cell = line.get(i);
        text.append(cell);
        if (i < line.size() - 1) {
          text.repeat(' ', widths.get(i) - cell.codePointCount(0, cell.length()));
        }
      }
      out.println(text);
    }
  }
}
