package dev.proa.cli.command;

import dev.proa.cli.text.Table;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A table whose lines take a colour by the severity in their first cell. */
final class ColouredLines {
  private static final String RESET = "\u001b[0m";

  private ColouredLines() {}

  static void print(PrintStream out, List<List<String>> lines, boolean colours) {
    if (!colours) {
      Table.printAligned(out, lines);
      return;
    }
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    PrintStream aligned = new PrintStream(plain, false, StandardCharsets.UTF_8);
    Table.printAligned(aligned, lines);
    aligned.flush();
    for (String line : plain.toString(StandardCharsets.UTF_8).lines().toList()) {
      int end = line.indexOf(' ') < 0 ? line.length() : line.indexOf(' ');
      String colour = colour(line.substring(0, end));
      out.println(colour.isEmpty() ? line : colour + line.substring(0, end) + RESET + line.substring(end));
    }
  }

  private static String colour(String severity) {
    return switch (severity) {
      case "critical" -> "\u001b[1;31m";
      case "high" -> "\u001b[31m";
      case "medium" -> "\u001b[33m";
      case "low" -> "\u001b[36m";
      case "SEVERITY" -> "\u001b[1m";
      default -> "";
    };
  }
}
