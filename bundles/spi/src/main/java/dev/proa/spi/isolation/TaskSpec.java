package dev.proa.spi.isolation;

import dev.proa.spi.Mount;
import dev.proa.spi.oci.Spec;
import java.util.List;
import java.util.Map;

/**
 * What a task is made of.
 *
 * @param id the engine's, {@code [0-9a-f]{64}} for containers
 * @param spec the OCI configuration; {@code spec.root().path()} is where a bundle's root lies if {@code rootfs} is empty
 * @param rootfs mounts that build the root, in order, the first one at its top; from the storage driver
 * @param stdin whether standard input is a pipe that the engine writes to; otherwise it reads as {@code /dev/null}
 * @param markers names of empty files right below the root, which are made where nothing is: {@code .dockerenv}
 * @param links symbolic links of the root, path to target, made where nothing is, below all of {@code spec.mounts()}: {@code /etc/mtab}
 */
public record TaskSpec(String id, Spec spec, List<Mount> rootfs, boolean stdin, List<String> markers, Map<String, String> links) {
  public TaskSpec {
    rootfs = List.copyOf(rootfs);
    markers = List.copyOf(markers);
    links = Map.copyOf(links);
  }

  public TaskSpec(String id, Spec spec, List<Mount> rootfs, boolean stdin) {
    this(id, spec, rootfs, stdin, List.of(), Map.of());
  }

  public TaskSpec with(Spec other) {
    return new TaskSpec(id, other, rootfs, stdin, markers, links);
  }
}
