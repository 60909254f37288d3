package dev.proa.lifecycle.internal.create;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.lifecycle.containers.MountRequest;
import dev.proa.lifecycle.internal.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MountSpecsTest {
  private static MountSpecs.Wanted mount(String members) {
    return MountSpecs.mount(Json.read(("{" + members + "}").getBytes(StandardCharsets.UTF_8), MountRequest.class, "test"));
  }

  @Test
  void aPathIsABindAndANameAVolume() {
    MountSpecs.Wanted bind = MountSpecs.bind("/a/../b/:/c/./d/:ro,rslave", "");
    assertThat(bind.kind()).isEqualTo(MountSpecs.Kind.BIND);
    assertThat(bind.source()).isEqualTo("/b");
    assertThat(bind.destination()).isEqualTo("/c/d");
    assertThat(bind.readWrite()).isFalse();
    assertThat(bind.propagation()).isEqualTo("rslave");
    MountSpecs.Wanted volume = MountSpecs.bind("data:/d:nocopy", "");
    assertThat(volume.kind()).isEqualTo(MountSpecs.Kind.VOLUME);
    assertThat(volume.copyUp()).isFalse();
    assertThat(MountSpecs.bind("/anonymous", "").source()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''              | invalid volume specification: ''
          /a:ro           | invalid volume specification: '/a:ro'
          /a:/b:ro:x      | invalid volume specification: '/a:/b:ro:x'
          /a:b            | invalid volume specification: '/a:b': invalid mount path: 'b' mount path must be absolute
          /a:/            | invalid volume specification: '/a:/': invalid specification: destination can't be '/'
          /a:/b/..        | invalid volume specification: '/a:/b/..': invalid specification: destination can't be '/'
          /a:/b:what      | invalid mode: what
          /a:/b:ro,rw     | invalid mode: ro,rw
          a/b:/c          | create a/b: "a/b" includes invalid characters for a local volume name
          ../x:/c         | create ../x: "../x" includes invalid characters for a local volume name
          """,
      quoteCharacter = '~')
  void whatIsNoVolumeIsRefused(String spec, String message) {
    assertThatThrownBy(() -> MountSpecs.bind(spec.equals("''") ? "" : spec, "")).hasMessageStartingWith(message);
  }

  @Test
  void mountsAreCheckedByTheirType() {
    assertThat(mount("\"Type\": \"tmpfs\", \"Target\": \"/t\", \"TmpfsOptions\": {\"SizeBytes\": 5, \"Mode\": 1016, \"Options\": [[\"exec\"]]}").options())
        .containsExactly("mode=1770", "size=5", "exec");
    assertThatThrownBy(() -> mount("\"Type\": \"bind\", \"Target\": \"/t\", \"Source\": \"/no/such\""))
        .hasMessage("invalid mount config for type \"bind\": bind source path does not exist: /no/such");
    assertThatThrownBy(() -> mount("\"Type\": \"tmpfs\", \"Target\": \"/t\", \"Source\": \"x\"")).hasMessageContaining("field Source must not be specified");
    assertThatThrownBy(() -> mount("\"Type\": \"volume\", \"Target\": \"\"")).hasMessageContaining("field Target must not be empty");
    assertThatThrownBy(() -> mount("\"Type\": \"volume\", \"Target\": \"/x\", \"Source\": \"v\", \"VolumeOptions\": {\"Subpath\": \"../../\"}"))
        .hasMessageContaining("subpath must be a relative path within the volume");
    assertThatThrownBy(() -> mount("\"Type\": \"odd\", \"Target\": \"/x\"")).hasMessageContaining("mount type unknown");
  }

  @Test
  void aTargetIsTakenOnce() {
    assertThatThrownBy(() -> MountSpecs.all(List.of("/a:/x"), null, Map.of("/x/", "size=1m"), "")).hasMessage("Duplicate mount point: /x");
  }

  @Test
  void volumesFromTakeAMode() {
    assertThat(MountSpecs.volumesFrom("c")).isEqualTo(Map.entry("c", true));
    assertThat(MountSpecs.volumesFrom("c:ro")).isEqualTo(Map.entry("c", false));
    assertThatThrownBy(() -> MountSpecs.volumesFrom("c:nocopy")).hasMessage("invalid mode: nocopy");
  }

  @Test
  void pathsAreCleanedAndNeverLeadAboveTheRoot() {
    assertThat(MountSpecs.clean("/../../a//b/./c/..")).isEqualTo("/a/b");
    assertThat(MountSpecs.clean("/..")).isEqualTo("/");
  }
}
