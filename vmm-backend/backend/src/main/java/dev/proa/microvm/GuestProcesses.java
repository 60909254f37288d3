package dev.proa.microvm;

import dev.proa.microvm.agent.Agent;
import dev.proa.spi.isolation.TaskProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What runs in a guest, but for what is the agent's own. */
final class GuestProcesses {
  /** The agent's name service, and what it asks; see resolver.c. */
  private static final String NAMES = "proa-names";

  private static final int USER_HZ = 100;
  private static final int PTS_MAJOR = 136;

  private GuestProcesses() {}

  static List<TaskProcess> of(Agent agent) throws IOException {
    double uptime = decimal(new String(agent.readFile("/proc/uptime"), StandardCharsets.US_ASCII).split(" ")[0]);
    List<TaskProcess> processes = new ArrayList<>();
    for (Agent.ProcEntry entry : agent.procEntries()) {
      // proc(5): the name in parentheses may hold any; what counts follows it.
      int name = entry.stat().indexOf('(');
      int end = entry.stat().lastIndexOf(')');
      if (name < 0 || end < name || entry.stat().substring(name + 1, end).equals(NAMES)) {
        continue;
      }
      String[] fields = entry.stat().substring(end + 1).strip().split(" ");
      if (fields.length < 20) {
        continue;
      }
      Duration age = Duration.ofMillis(Math.max(0, Math.round(uptime * 1000) - number(fields[19]) * 1000 / USER_HZ));
      processes.add(
          new TaskProcess(
              entry.pid(), (int) number(fields[1]), uid(entry.status()), terminal(number(fields[4])),
              Duration.ofMillis((number(fields[11]) + number(fields[12])) * 1000 / USER_HZ), age, entry.commandLine()));
    }
    return processes;
  }

  private static int uid(String status) {
    return status.lines().filter(line -> line.startsWith("Uid:")).map(line -> (int) number(line.substring(4).strip().split("\\s")[0])).findFirst().orElse(0);
  }

  /** tty_nr of proc(5): minor in the bits 31 to 20 and 7 to 0, major in 15 to 8. */
  private static String terminal(long device) {
    long major = device >> 8 & 0xff;
    return major == PTS_MAJOR ? "pts/" + (device & 0xff | device >> 12 & 0xfff00) : "?";
  }

  /** A guest's word is not believed to be a number. */
  private static long number(String text) {
    return text.matches("\\d{1,15}") ? Long.parseLong(text) : 0;
  }

  private static double decimal(String text) {
    return text.matches("\\d{1,12}(\\.\\d{1,6})?") ? Double.parseDouble(text) : 0;
  }
}
