package dev.proa.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.conformance.ProcessStreams;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The specification's hooks: which, when, where, with what (runtime.md "Lifecycle", config.md "POSIX-platform Hooks"). */
class HooksTest extends RealContainers {
  @Test
  void eachComesAtItsTimeInItsPlaceWithTheState() throws IOException {
    Path log = Files.createFile(directory.resolve("log"));
    Spec.Hook prestart = note(log, "prestart");
    Spec.Hook createRuntime = note(log, "createRuntime");
    Spec.Hook createContainer = note(log, "createContainer");
    Spec.Hook startContainer =
        new Spec.Hook("/bin/sh", List.of("sh", "-c", "read s; echo \"startContainer $s $VAR $(readlink /proc/self/ns/pid) $(id -u)\" > /tmp/started"), List.of("VAR=here", "PATH=/bin"), 5);
    Spec.Hook poststart = note(log, "poststart");
    Spec.Hook poststop = note(log, "poststop");
    Spec spec =
        hooks(
            sh("cat /tmp/started; readlink /proc/self/ns/pid; echo ready; exec sleep 600"),
            new Spec.Hooks(List.of(prestart), List.of(createRuntime), List.of(createContainer), List.of(startContainer), List.of(poststart), List.of(poststop)));
    String id = create(spec, false);
    int pid = backend.state(id, null).pid();
    String container = Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/mnt")).toString();
    String pids = Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid")).toString();
    String own = Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString();
    List<String> lines = Files.readAllLines(log);
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0)).startsWith("prestart value " + own).contains("\"status\":\"creating\"", "\"id\":\"" + id + "\"", "\"pid\":" + pid);
    assertThat(lines.get(1)).startsWith("createRuntime value " + own);
    assertThat(lines.get(2)).startsWith("createContainer value " + container).contains("\"status\":\"creating\"");
    try (ProcessStreams streams = new ProcessStreams(backend.streams(id, null))) {
      backend.start(id);
      assertThat(streams.stdoutUntil("ready")).contains("\"status\":\"created\"", "} here " + pids + " 0\n" + pids);
    }
    assertThat(Files.readAllLines(log)).hasSize(4).element(3).asString().startsWith("poststart value " + own).contains("\"status\":\"running\"");
    backend.delete(id);
    assertThat(Files.readAllLines(log)).hasSize(5).element(4).asString().startsWith("poststop value " + own).contains("\"status\":\"stopped\"").doesNotContain("\"pid\"");
  }

  @Test
  void createContainerHooksRunInTheUserNamespace() throws IOException {
    Path log = Files.createDirectory(directory.resolve("out"));
    Files.setPosixFilePermissions(log, java.nio.file.attribute.PosixFilePermissions.fromString("rwxrwxrwx"));
    Files.setPosixFilePermissions(directory, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    Spec spec = UserNamespaceTest.remapped(sh("true"));
    Spec.Hook hook = new Spec.Hook("/bin/sh", List.of("sh", "-c", "id -u > " + log + "/id; cat /proc/self/uid_map >> " + log + "/id"), List.of("PATH=/bin:/usr/bin"), null);
    String id = create(hooks(spec, new Spec.Hooks(List.of(), List.of(), List.of(hook), List.of(), List.of(), List.of())), false);
    assertThat(Files.readString(log.resolve("id"))).startsWith("0\n").contains("200000");
    backend.delete(id);
  }

  @Test
  void failureOfAHookEndsTheCreationAndLeavesNothing() {
    Spec.Hook bad = new Spec.Hook("/bin/sh", List.of("sh", "-c", "echo what is wrong >&2; exit 3"), List.of(), null);
    for (Spec.Hooks hooks :
        List.of(
            new Spec.Hooks(List.of(bad), List.of(), List.of(), List.of(), List.of(), List.of()),
            new Spec.Hooks(List.of(), List.of(bad), List.of(), List.of(), List.of(), List.of()),
            new Spec.Hooks(List.of(), List.of(), List.of(bad), List.of(), List.of(), List.of()))) {
      assertThatThrownBy(() -> create(hooks(sh("true"), hooks), false)).hasMessageContaining("hook #0: exit status 3").hasMessageContaining("stderr: what is wrong");
      assertThat(backend.walk()).isEmpty();
    }
  }

  @Test
  void aHookThatTakesTooLongIsKilled() {
    Spec.Hook slow = new Spec.Hook("/bin/sleep", List.of("sleep", "600"), List.of(), 1);
    Spec spec = hooks(sh("true"), new Spec.Hooks(List.of(), List.of(slow), List.of(), List.of(), List.of(), List.of()));
    assertThatThrownBy(() -> create(spec, false)).hasMessageContaining("createRuntime hook #0").hasMessageContaining("deadline exceeded after 1 s");
  }

  @Test
  void aHookThatIsNotThereIsNamed() {
    Spec.Hook missing = new Spec.Hook("/no/such", List.of(), List.of(), null);
    Spec spec = hooks(sh("true"), new Spec.Hooks(List.of(), List.of(missing), List.of(), List.of(), List.of(), List.of()));
    assertThatThrownBy(() -> create(spec, false)).hasMessageContaining("createRuntime hook #0").hasMessageContaining("/no/such").hasMessageContaining("ENOENT");
  }

  @Test
  void failuresAfterTheStartAreOnlyTold() throws IOException {
    Spec.Hook bad = new Spec.Hook("/bin/false", List.of(), List.of(), null);
    String id = start(hooks(sh("echo ready; exec sleep 600"), new Spec.Hooks(List.of(), List.of(), List.of(), List.of(), List.of(bad), List.of(bad))));
    backend.delete(id);
  }

  private static Spec.Hook note(Path log, String name) {
    return new Spec.Hook(
        "/bin/sh", List.of("hook", "-c", "read s; echo \"" + name + " $VAR $(readlink /proc/self/ns/mnt) $s\" >> " + log), List.of("VAR=value", "PATH=/bin:/usr/bin"), 10);
  }

  private static Spec hooks(Spec s, Spec.Hooks hooks) {
    return new Spec(s.ociVersion(), s.process(), s.root(), s.hostname(), s.domainname(), s.mounts(), hooks, s.linux(), s.annotations());
  }
}
