package dev.proa.lifecycle.internal.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;

/** The stream that is committed, without what a start makes. */
class OmittingTarTest {
  private static final Set<String> OMITTED = Set.of("/etc/hosts", "/proc");

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes);

  private void put(String name, String content, boolean extended) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(content.length());
    if (extended) {
      entry.addPaxHeader("SCHILY.xattr.user.a", "b");
    }
    tar.putArchiveEntry(entry);
    tar.write(content.getBytes(StandardCharsets.UTF_8));
    tar.closeArchiveEntry();
  }

  private byte[] through() throws IOException {
    tar.close();
    return new OmittingTar(new ByteArrayInputStream(bytes.toByteArray()), OMITTED).readAllBytes();
  }

  private static List<String> names(byte[] archive) throws IOException {
    List<String> names = new ArrayList<>();
    try (TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(archive))) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        names.add(entry.getName() + "=" + new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    return names;
  }

  @Test
  void emptyFilesAndFoldersOfThatNameAreLeftOutWithTheirExtendedHeaders() throws IOException {
    put("etc/", "", false);
    put("etc/hosts", "", true);
    put("etc/motd", "hello", true);
    put("proc/", "", false);
    put("x", "y".repeat(5000), false);
    assertThat(names(through())).containsExactly("etc/=", "etc/motd=hello", "x=" + "y".repeat(5000));
  }

  @Test
  void whatHasContentOrALongerNameStays() throws IOException {
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    put("etc/hosts", "127.0.0.1", false);
    put("proc/" + "a".repeat(300), "", false);
    put("etc/hostsandmore", "", false);
    assertThat(names(through())).containsExactly("etc/hosts=127.0.0.1", "proc/" + "a".repeat(300) + "=", "etc/hostsandmore=");
  }

  @Test
  void anArchiveWithoutSuchEntriesIsTheSameByteForByte() throws IOException {
    put("a", "1", true);
    put("b/", "", false);
    assertThat(through()).isEqualTo(bytes.toByteArray());
  }

  @Test
  void whatIsNoTarPassesAsItIs() throws IOException {
    byte[] cut = "no archive".getBytes(StandardCharsets.UTF_8);
    assertThat(new OmittingTar(new ByteArrayInputStream(cut), OMITTED).readAllBytes()).isEqualTo(cut);
  }
}
