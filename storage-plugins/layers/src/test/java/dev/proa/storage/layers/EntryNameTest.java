package dev.proa.storage.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EntryNameTest {
  @Test
  void namesAreCleanedAsGosPathCleanDoes() {
    Map<String, String> names =
        Map.ofEntries(
            Map.entry("a", "a"), Map.entry("a/b/c", "a/b/c"), Map.entry("./a", "a"), Map.entry("a/", "a"), Map.entry("a//b", "a/b"),
            Map.entry("a/./b", "a/b"), Map.entry("a/../b", "b"), Map.entry("a/b/../../c", "c"), Map.entry("/a", "a"), Map.entry("//a", "a"),
            Map.entry("/../a", "a"), Map.entry("./", ""), Map.entry(".", ""), Map.entry("/", ""), Map.entry("a/..", ""), Map.entry("a/.", "a"),
            Map.entry(".a", ".a"), Map.entry("..a", "..a"), Map.entry("...", "..."), Map.entry("a/...", "a/..."), Map.entry("a/..b/c", "a/..b/c"),
            Map.entry("././a", "a"), Map.entry("./.wh.x", ".wh.x"), Map.entry("a/.b", "a/.b"), Map.entry(".//a", "a"), Map.entry("a///", "a"));
    names.forEach((name, clean) -> assertThat(EntryName.clean(name, name, 4096)).as(name).isEqualTo(clean));
  }

  @Test
  void namesThatClimbOutAreRefused() {
    for (String name : List.of("..", "../", "../a", "a/../..", "a/../../b", "./..", "./../a", "a/b/../../../c")) {
      assertThatThrownBy(() -> EntryName.clean(name, name, 4096))
          .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.INVALID_ARGUMENT))
          .hasMessage("entry \"" + name + "\" leaves the layer's root");
    }
  }

  @Test
  void longNamesAreRefusedAndShortenedInTheMessage() {
    String name = "a/".repeat(3000);
    assertThatThrownBy(() -> EntryName.clean(name, name, 4096)).isInstanceOf(ProaException.class).message().hasSizeLessThan(400);
  }

  @Test
  void keysAreFileNamesAndBack() {
    for (String key : List.of("sha256:" + "a".repeat(64), "..", ".", "a/b", "ü", " ", "%", "%41", "\ud83d\udc33", "a.b", "\0")) {
      String name = Keys.encode(key);
      assertThat(name).matches("[A-Za-z0-9:_%-][A-Za-z0-9:_%.-]*").doesNotContain("/");
      assertThat(Keys.decode(name)).isEqualTo(key);
    }
    assertThatThrownBy(() -> Keys.encode("")).isInstanceOf(ProaException.class);
    assertThatThrownBy(() -> Keys.encode("x".repeat(300))).isInstanceOf(ProaException.class);
  }
}
