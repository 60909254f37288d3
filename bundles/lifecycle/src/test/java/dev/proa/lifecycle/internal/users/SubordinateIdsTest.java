package dev.proa.lifecycle.internal.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubordinateIdsTest {
  @TempDir private Path etc;

  @BeforeEach
  void files() throws IOException {
    Files.writeString(etc.resolve("passwd"), "root:x:0:0:root:/root:/bin/sh\nmaria:x:1000:1000::/home/maria:/bin/sh\n");
    Files.writeString(etc.resolve("group"), "root:x:0:\nmaria:x:1000:\nstaff:x:50:\n");
    Files.writeString(etc.resolve("subuid"), "maria:100000:65536\nother:165536:65536\nmaria:300000:10\n");
    Files.writeString(etc.resolve("subgid"), "1000:200000:65536\nstaff:400000:1000\n");
  }

  @Test
  void rangesOfAUserFollowEachOtherInside() {
    SubordinateIds ids = SubordinateIds.of("maria", etc);
    assertThat(ids.uids()).containsExactly(new Spec.IdMapping(0, 100_000, 65_536), new Spec.IdMapping(65_536, 300_000, 10));
    assertThat(ids.gids()).containsExactly(new Spec.IdMapping(0, 200_000, 65_536));
  }

  @Test
  void usersAndGroupsGoByNameOrNumber() {
    assertThat(SubordinateIds.of("1000:50", etc)).isEqualTo(SubordinateIds.of("maria:staff", etc));
    assertThat(SubordinateIds.of("maria:staff", etc).gids()).containsExactly(new Spec.IdMapping(0, 400_000, 1000));
  }

  @Test
  void defaultGetsRangesThatNobodyHasAndKeepsThem() throws IOException {
    SubordinateIds ids = SubordinateIds.of("default", etc);
    assertThat(ids.uids()).isEqualTo(List.of(new Spec.IdMapping(0, 300_010, 65_536)));
    assertThat(ids.gids()).isEqualTo(List.of(new Spec.IdMapping(0, 401_000, 65_536)));
    assertThat(Files.readAllLines(etc.resolve("subuid"))).hasSize(4).endsWith("dockremap:300010:65536");
    assertThat(SubordinateIds.of("default", etc)).isEqualTo(ids);
    assertThat(Files.readAllLines(etc.resolve("subuid"))).hasSize(4);
  }

  @Test
  void whoHasNoRangesIsNamed() {
    assertThatThrownBy(() -> SubordinateIds.of("nobody", etc)).hasMessageContaining("no subuid ranges found for user \"nobody\"");
    assertThatThrownBy(() -> SubordinateIds.of("maria:root", etc)).hasMessageContaining("no subgid ranges found for group \"root\"");
    assertThatThrownBy(() -> SubordinateIds.of("maria:", etc)).hasMessageContaining("invalid value for --userns-remap");
  }
}
