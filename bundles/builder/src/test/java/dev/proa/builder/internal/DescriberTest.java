package dev.proa.builder.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.proa.builder.BuildRequest;
import dev.proa.builder.Description;
import dev.proa.builder.Description.Argument;
import dev.proa.builder.Description.Need;
import dev.proa.builder.Description.Target;
import dev.proa.builder.internal.dockerfile.Dockerfile;
import dev.proa.spi.ProaException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DescriberTest {
  private static final String FILE =
      """
      ARG V=1
      FROM base:$V AS one
      ARG NAME=x
      RUN --mount=type=secret,id=key --mount=type=cache,target=/c true
      FROM other AS unused
      RUN --mount=type=secret,id=never true
      FROM one
      RUN --mount=type=ssh --mount=type=secret,id=key,required=true true
      """;

  private static Description describe(String target) {
    BuildRequest request =
        new BuildRequest("", "", List.of(), Map.of("NAME", "given"), Map.of(), target, "", false, false, List.of(), Map.of(), d -> null, s -> null, s -> null, false);
    return Describer.of(Dockerfile.parse("Dockerfile", FILE), request, List.of());
  }

  @Test
  void namedStagesAndTheLastOneAreTargets() {
    assertEquals(
        List.of(new Target("one", false, "base:$V", "", 2), new Target("unused", false, "other", "", 5), new Target("", true, "one", "", 7)), describe("").targets());
  }

  @Test
  void theOutlineTellsOfTheStagesThatTheTargetNeedsAndOfNoOther() {
    Description.Outline outline = describe("").outline();
    assertEquals(List.of(new Argument("V", "1", 1), new Argument("NAME", "given", 3)), outline.arguments());
    assertEquals(List.of(new Need("key", true, 4)), outline.secrets());
    assertEquals(List.of(new Need("default", false, 8)), outline.ssh());
    assertEquals(List.of(new Need("/c", false, 4)), outline.caches());
    assertEquals(List.of(new Need("never", false, 6)), describe("unused").outline().secrets());
  }

  @Test
  void anUnknownTargetIsRefused() {
    assertThrows(ProaException.class, () -> describe("nosuch"));
  }
}
