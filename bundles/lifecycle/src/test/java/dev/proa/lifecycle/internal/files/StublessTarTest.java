package dev.proa.lifecycle.internal.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarEntry.Type;
import dev.proa.linux.tar.TarReader;
import dev.proa.linux.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class StublessTarTest {
  private static final Map<String, String> LINKS = Map.of("etc/mtab", "/proc/mounts");

  private static void add(ByteArrayOutputStream out, String name, String data) {
    boolean folder = name.endsWith("/");
    TarEntry entry = new TarEntry(name, folder ? Type.DIRECTORY : Type.FILE, "", 0644, 0, 0, data.length(), 0, 0, 0, 0, Map.of(), null);
    out.writeBytes(TarWriter.header(entry));
    out.writeBytes(data.getBytes(StandardCharsets.UTF_8));
    out.writeBytes(new byte[TarWriter.padding(entry)]);
  }

  private static List<String> kept(Set<String> stubs, String... entries) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String entry : entries) {
      String[] parts = entry.split("=", 2);
      add(out, parts[0], parts.length < 2 ? "" : parts[1]);
    }
    out.writeBytes(new byte[TarWriter.END_BYTES]);
    byte[] result;
    try (StublessTar tar = new StublessTar(new ByteArrayInputStream(out.toByteArray()), stubs, LINKS)) {
      result = tar.readAllBytes();
    }
    TarReader reader = new TarReader(new ByteArrayInputStream(result), 4096);
    List<String> names = new ArrayList<>();
    for (TarEntry entry = reader.next(); entry != null; entry = reader.next()) {
      StringBuilder data = new StringBuilder();
      for (int n = reader.chunk(); n > 0; n = reader.chunk()) {
        data.append(new String(reader.buffer(), reader.chunkOffset(), n, StandardCharsets.UTF_8));
      }
      names.add(entry.name() + (data.isEmpty() ? "" : "=" + data));
    }
    return names;
  }

  @Test
  void emptyPlacesOfMountsAreLeftOut() throws IOException {
    assertThat(kept(Set.of("a", "a/b", "s"), "a/", "a/b/", "f=x", "s")).containsExactly("f=x");
  }

  @Test
  void aFolderStaysIfSomethingElseIsInIt() throws IOException {
    assertThat(kept(Set.of("a", "a/b", "a/b/c"), "a/", "a/b/", "a/b/c/", "a/b/d=1", "z=2")).containsExactly("a/", "a/b/", "a/b/d=1", "z=2");
  }

  @Test
  void aFileThatWasWrittenToStays() throws IOException {
    assertThat(kept(Set.of("s"), "s=data")).containsExactly("s=data");
  }

  @Test
  void extendedAttributesAndLongNamesSurvive() throws IOException {
    String name = "d/" + "n".repeat(300);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Map<String, byte[]> xattrs = Map.of("security.capability", new byte[] {1, 0, 2});
    out.writeBytes(TarWriter.header(new TarEntry(name, Type.FILE, "", 04755, 7, 8, 0, 9, 10, 0, 0, xattrs, null)));
    out.writeBytes(new byte[TarWriter.END_BYTES]);
    try (StublessTar tar = new StublessTar(new ByteArrayInputStream(out.toByteArray()), Set.of("d"), LINKS)) {
      assertThat(tar.readAllBytes()).isEqualTo(out.toByteArray());
    }
  }

  @Test
  void linksOfEveryStartAreLeftOutAndOthersStay() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String target : List.of("/proc/mounts", "/elsewhere")) {
      out.writeBytes(TarWriter.header(new TarEntry("etc/mtab", Type.SYMBOLIC_LINK, target, 0777, 0, 0, 0, 0, 0, 0, 0, Map.of(), null)));
    }
    out.writeBytes(new byte[TarWriter.END_BYTES]);
    try (StublessTar tar = new StublessTar(new ByteArrayInputStream(out.toByteArray()), Set.of(), LINKS)) {
      TarReader reader = new TarReader(tar, 4096);
      assertThat(reader.next()).extracting(TarEntry::linkName).isEqualTo("/elsewhere");
      assertThat(reader.next()).isNull();
    }
  }

  @Test
  void nothingElseIsTouched() throws IOException {
    assertThat(kept(Set.of("nosuch"), "a/", "a/x=1", "b/")).containsExactly("a/", "a/x=1", "b/");
  }
}
