package dev.proa.lifecycle.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.spi.isolation.BackendFeatures;
import dev.proa.spi.isolation.BackendFeatures.Limit;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LimitWarningsTest {
  private static BackendFeatures features(int version, Set<Limit> limits) {
    return new BackendFeatures("test", version, limits, true, false, List.of());
  }

  @Test
  void aHostThatLimitsEverythingIsNotWarnedOf() {
    assertThat(LimitWarnings.of(features(1, EnumSet.allOf(Limit.class)))).isEmpty();
    EnumSet<Limit> ofVersion2 = EnumSet.complementOf(EnumSet.of(Limit.SWAPPINESS, Limit.OOM_KILL_DISABLE, Limit.CPU_REALTIME));
    assertThat(LimitWarnings.of(features(2, ofVersion2))).isEmpty();
  }

  @Test
  void aHostOfVersion1WithoutControllersIsToldInDockersWords() {
    assertThat(LimitWarnings.of(features(1, Set.of())))
        .containsExactly(
            "WARNING: No memory limit support",
            "WARNING: No swap limit support",
            "WARNING: No oom kill disable support",
            "WARNING: No cpu cfs quota support",
            "WARNING: No cpu cfs period support",
            "WARNING: No cpu shares support",
            "WARNING: No cpuset support",
            "WARNING: No blkio throttle.read_bps_device support",
            "WARNING: No blkio throttle.write_bps_device support",
            "WARNING: No blkio throttle.read_iops_device support",
            "WARNING: No blkio throttle.write_iops_device support");
  }

  @Test
  void aHostOfVersion2WithoutControllersIsToldInDockersWords() {
    assertThat(LimitWarnings.of(features(2, Set.of())))
        .containsExactly(
            "WARNING: No memory limit support",
            "WARNING: No swap limit support",
            "WARNING: No cpu cfs quota support",
            "WARNING: No cpu cfs period support",
            "WARNING: No cpu shares support",
            "WARNING: No cpuset support",
            "WARNING: No io.weight support",
            "WARNING: No io.weight (per device) support",
            "WARNING: No io.max (rbps) support",
            "WARNING: No io.max (wbps) support",
            "WARNING: No io.max (riops) support",
            "WARNING: No io.max (wiops) support");
  }
}
