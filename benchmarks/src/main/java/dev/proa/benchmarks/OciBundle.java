package dev.proa.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.proa.lifecycle.confinement.DefaultConfinement;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/**
 * The OCI configuration of an ordinary container, as confined as Docker's defaults make it: 14 capabilities, the default seccomp filter,
 * masked and read-only paths, device rules. It is what the peers are given, so that all starts do the same work.
 *
 * <pre>java … dev.proa.benchmarks.OciBundle FOLDER COMMAND…</pre>
 *
 * writes FOLDER/config.json for the root file system FOLDER/rootfs.
 */
public final class OciBundle {
  private OciBundle() {}

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    JsonMapper json =
        JsonMapper.builder().changeDefaultPropertyInclusion(all -> JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS)).build();
    Files.writeString(folder.resolve("config.json"), json.writeValueAsString(RuntimeJson.of(spec(Path.of("rootfs"), List.of(args).subList(1, args.length)))));
  }

  /** Own pid, network, mount, ipc and uts namespaces, no terminal. */
  static Spec spec(Path root, List<String> command) {
    Spec.Capabilities capabilities = DefaultConfinement.capabilities(List.of(), List.of(), false);
    return new Spec(
        "1.0.2",
        new Spec.Process(
            false,
            null,
            new Spec.User(0, 0, null, List.of()),
            command,
            List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "HOSTNAME=benchmark"),
            "/",
            capabilities,
            List.of(),
            false,
            null,
            0),
        new Spec.Root(root.toString(), false),
        "benchmark",
        null,
        DefaultConfinement.mounts(false, 64 << 20),
        null,
        new Spec.Linux(
            List.of(
                new Spec.Namespace("pid", null),
                new Spec.Namespace("network", null),
                new Spec.Namespace("mount", null),
                new Spec.Namespace("ipc", null),
                new Spec.Namespace("uts", null)),
            List.of(),
            List.of(),
            List.of(),
            null,
            new Spec.Resources(DefaultConfinement.deviceRules(false), null, null, null, null, List.of(), java.util.Map.of()),
            null,
            DefaultConfinement.seccomp(capabilities.bounding()),
            DefaultConfinement.sysctls(true),
            DefaultConfinement.maskedPaths(),
            DefaultConfinement.readonlyPaths(),
            null),
        java.util.Map.of());
  }
}
