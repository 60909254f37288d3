package dev.proa.namespace.cgroup;

import dev.proa.spi.oci.Spec;

/** The same two files in both versions; v1 also wants both filled before a process may enter. */
final class Cpuset implements Controller {
  private final boolean version1;

  Cpuset(boolean version1) {
    this.version1 = version1;
  }

  static boolean wanted(Spec.Resources resources) {
    Spec.Cpu cpu = resources.cpu();
    return cpu != null && (given(cpu.cpus()) || given(cpu.mems()));
  }

  private static boolean given(@org.jspecify.annotations.Nullable String list) {
    return list != null && !list.isEmpty();
  }

  @Override
  public void apply(String folder, Spec.Resources resources) {
    Spec.Cpu cpu = resources.cpu();
    if (cpu == null || !wanted(resources)) {
      return;
    }
    if (version1) {
      fill(folder);
    }
    if (cpu.cpus() != null && !cpu.cpus().isEmpty()) {
      CgroupFile.set(folder, "cpuset.cpus", cpu.cpus());
    }
    if (cpu.mems() != null && !cpu.mems().isEmpty()) {
      CgroupFile.set(folder, "cpuset.mems", cpu.mems());
    }
  }

  /** Copies the parent's lists into a group that has none, the parent's own first. */
  private static void fill(String folder) {
    String parent = folder.substring(0, folder.lastIndexOf('/'));
    for (String file : new String[] {"cpuset.cpus", "cpuset.mems"}) {
      String own = CgroupFile.readIfThere(folder + "/" + file);
      if (own != null && own.isBlank()) {
        String above = CgroupFile.readIfThere(parent + "/" + file);
        if (above != null && above.isBlank()) {
          fill(parent);
          above = CgroupFile.readIfThere(parent + "/" + file);
        }
        if (above != null) {
          CgroupFile.set(folder, file, above.strip());
        }
      }
    }
  }

  @Override
  public void read(String folder, Usage usage) {}
}
