package dev.proa.namespace.cgroup;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.oci.Spec;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Documentation/admin-guide/cgroup-v1/devices.rst. A new group has its parent's rules. */
final class DevicesV1 implements Controller {
  @Override
  public void apply(String folder, Spec.Resources resources) {
    write(folder, resources.devices());
  }

  /** Each line is a write of its own, but a run of lines for one file needs it opened only once. */
  private static void write(String folder, List<Spec.DeviceRule> rules) {
    int at = 0;
    while (at < rules.size()) {
      boolean allow = rules.get(at).allow();
      String file = allow ? "devices.allow" : "devices.deny";
      String line = "";
      try (Fd fd = Fs.openat(Fd.cwd(), folder + "/" + file, Fcntl.O_WRONLY)) {
        for (; at < rules.size() && rules.get(at).allow() == allow; at++) {
          line = line(rules.get(at));
          Io.writeFully(fd, line.getBytes(StandardCharsets.US_ASCII));
        }
      } catch (ErrnoException e) {
        throw CgroupFile.failed("cannot write \"" + line + "\" to " + file, e);
      }
    }
  }

  static String line(Spec.DeviceRule rule) {
    if (rule.type().equals("a")) {
      return "a";
    }
    return rule.type() + " " + number(rule.major()) + ":" + number(rule.minor()) + " " + rule.access();
  }

  private static String number(@org.jspecify.annotations.Nullable Long number) {
    return number == null || number < 0 ? "*" : number.toString();
  }

  @Override
  public void read(String folder, Usage usage) {}
}
