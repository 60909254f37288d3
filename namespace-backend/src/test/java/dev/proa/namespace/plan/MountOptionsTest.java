package dev.proa.namespace.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.linux.abi.Mount;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountOptionsTest {
  @Test
  void optionsAreSortedByWhoTakesThem() {
    MountOptions options = MountOptions.parse("/t", "tmpfs", List.of("nosuid", "noexec", "strictatime", "size=1m", "mode=700", "ro", "rw"));
    assertThat(options.set()).isEqualTo(Mount.MOUNT_ATTR_NOSUID | Mount.MOUNT_ATTR_NOEXEC | Mount.MOUNT_ATTR_STRICTATIME);
    assertThat(options.clear() & Mount.MOUNT_ATTR_RDONLY).as("the last one counts").isEqualTo(Mount.MOUNT_ATTR_RDONLY);
    assertThat(options.parameters()).containsExactly("size=1m", "mode=700");
    assertThat(options.bind()).isFalse();
  }

  @Test
  void bindsHavePropagationAndRecursion() {
    MountOptions options = MountOptions.parse("/t", "none", List.of("rbind", "rro", "rslave"));
    assertThat(options.bind()).isTrue();
    assertThat(options.recursiveBind()).isTrue();
    assertThat(options.recursiveSet()).isEqualTo(Mount.MOUNT_ATTR_RDONLY);
    assertThat(options.set()).isZero();
    assertThat(options.propagation()).isEqualTo(Mount.MS_SLAVE);
    assertThat(options.recursivePropagation()).isTrue();
    assertThat(MountOptions.parse("/t", "bind", List.of("shared")).recursivePropagation()).isFalse();
    assertThat(MountOptions.parse("/t", "bind", List.of()).bind()).isTrue();
  }

  @Test
  void whatIsNoOptionIsRefused() {
    assertThatThrownBy(() -> MountOptions.parse("/t", "tmpfs", List.of("size=1m,mode=700"))).hasMessage("mount /t: \"size=1m,mode=700\" is no mount option");
    assertThatThrownBy(() -> MountOptions.parse("/t", "tmpfs", List.of(""))).hasMessage("mount /t: \"\" is no mount option");
  }

  @Test
  void layersAreSplitAtColonsThatAreNotEscaped() {
    assertThat(RootSteps.layers("/a:/b\\:c:/d\\\\e")).containsExactly("/a", "/b:c", "/d\\e");
    assertThat(RootSteps.layers("/one")).containsExactly("/one");
  }
}
