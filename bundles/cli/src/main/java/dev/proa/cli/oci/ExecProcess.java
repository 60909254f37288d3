package dev.proa.cli.oci;

import dev.proa.cli.json.Json;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The process of an {@code exec}: a process.json, or the container's own with another command. */
final class ExecProcess {
  private ExecProcess() {}

  static Spec.Process of(Arguments a, Spec.Process container) throws IOException {
    String file = a.value("process", "p");
    if (file != null) {
      return SpecJson.process(Json.parse(Files.readString(Path.of(file))));
    }
    List<String> args = a.rest().subList(1, a.rest().size());
    if (args.isEmpty()) {
      throw ProaException.invalid("\"exec\" requires a minimum of 2 arguments");
    }
    List<String> env = new ArrayList<>(container.env());
    env.addAll(a.values("env", "e"));
    String cwd = a.value("cwd");
    Spec.Capabilities old = container.capabilities();
    List<String> more = a.values("cap", "c");
    String apparmor = a.value("apparmor");
    return new Spec.Process(
        a.has("tty", "t"),
        null,
        user(a, container.user()),
        args,
        env,
        cwd == null ? container.cwd() : cwd,
        new Spec.Capabilities(join(old.bounding(), more), join(old.effective(), more), old.inheritable(), join(old.permitted(), more), old.ambient()),
        container.rlimits(),
        container.noNewPrivileges() || a.has("no-new-privs"),
        apparmor == null ? container.apparmorProfile() : apparmor,
        container.oomScoreAdj(),
        container.selinuxLabel(),
        null,
        null,
        container.execCpuAffinity());
  }

  private static List<String> join(List<String> some, List<String> more) {
    List<String> all = new ArrayList<>(some);
    more.stream().filter(each -> !all.contains(each)).forEach(all::add);
    return all;
  }

  private static Spec.User user(Arguments a, Spec.User container) {
    String given = a.value("user", "u");
    List<Integer> groups = new ArrayList<>(container.additionalGids());
    a.values("additional-gids", "g").forEach(group -> groups.add(id(group)));
    if (given == null) {
      return new Spec.User(container.uid(), container.gid(), container.umask(), groups);
    }
    String[] ids = given.split(":", 2);
    return new Spec.User(id(ids[0]), ids.length > 1 ? id(ids[1]) : container.gid(), container.umask(), groups);
  }

  private static int id(String text) {
    try {
      return Integer.parseUnsignedInt(text);
    } catch (NumberFormatException e) {
      throw ProaException.invalid("parsing " + text + " as int for uid or gid failed: invalid syntax");
    }
  }
}
