package dev.proa.storage.overlay.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.conformance.LayerTar;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarEntry.Type;
import dev.proa.linux.tar.TarFormatException;
import dev.proa.linux.tar.TarReader;
import dev.proa.linux.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;

class TarFormatTest {
  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static List<TarEntry> read(byte[] archive) throws IOException {
    return read(archive, 4096);
  }

  private static List<TarEntry> read(byte[] archive, int bufferBytes) throws IOException {
    TarReader reader = new TarReader(new ByteArrayInputStream(archive), bufferBytes);
    List<TarEntry> entries = new ArrayList<>();
    for (TarEntry entry = reader.next(); entry != null; entry = reader.next()) {
      entries.add(entry);
    }
    return entries;
  }

  private static TarEntry only(LayerTar layer) throws IOException {
    List<TarEntry> entries = read(layer.bytes());
    assertThat(entries).hasSize(1);
    return entries.getFirst();
  }

  private static TarEntry file(String name, long size, int uid, long seconds, int nanos, Map<String, byte[]> xattrs) {
    return new TarEntry(name, Type.FILE, "", 0644, uid, uid, size, seconds, nanos, 0, 0, xattrs, null);
  }

  @Test
  void writtenHeadersReadBackAsTheyWere() throws IOException {
    List<TarEntry> entries =
        List.of(
            file("plain", 0, 0, 1_700_000_000, 0, Map.of()),
            file("fraction", 0, 1000, 1_700_000_000, 120_000_000, Map.of()),
            file("before-1970", 0, 0, -2, 250_000_000, Map.of()),
            file("long-ago", 0, 0, -1_000_000_000, 0, Map.of()),
            file("far-future", 0, 0, 1L << 34, 1, Map.of()),
            file("far-owner", 0, -2, 1, 0, Map.of()),
            file("a/".repeat(70) + "split", 0, 0, 1, 0, Map.of()),
            file("n".repeat(101), 0, 0, 1, 0, Map.of()),
            file("d/" + "n".repeat(2000), 0, 0, 1, 0, Map.of()),
            file("ünïcode \ud83d\udc33 and \udcff bytes", 0, 0, 1, 0, Map.of()),
            new TarEntry("d/", Type.DIRECTORY, "", 01777, 1, 2, 0, 5, 0, 0, 0, Map.of(), null),
            new TarEntry("s", Type.SYMBOLIC_LINK, "t".repeat(400), 0777, 0, 0, 0, 5, 0, 0, 0, Map.of(), null),
            new TarEntry("h", Type.HARD_LINK, "ü", 0644, 0, 0, 0, 5, 0, 0, 0, Map.of(), null),
            new TarEntry("c", Type.CHARACTER_DEVICE, "", 0600, 0, 0, 0, 5, 0, 0xfff, 0xfffff, Map.of(), null),
            new TarEntry("b", Type.BLOCK_DEVICE, "", 0600, 0, 0, 0, 5, 0, 8, 1, Map.of(), null),
            new TarEntry("p", Type.FIFO, "", 0600, 0, 0, 0, 5, 0, 0, 0, Map.of(), null));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    entries.forEach(entry -> out.writeBytes(TarWriter.header(entry)));
    out.writeBytes(new byte[TarWriter.END_BYTES]);
    assertThat(read(out.toByteArray())).isEqualTo(entries);
    assertThat(read(out.toByteArray(), 512)).isEqualTo(entries);
    assertThat(read(out.toByteArray(), 1 << 20)).isEqualTo(entries);
  }

  @Test
  void binaryAttributesSurvive() throws IOException {
    byte[] all = new byte[256];
    for (int i = 0; i < 256; i++) {
      all[i] = (byte) i;
    }
    TarEntry entry = file("f", 0, 0, 1, 0, Map.of("user.all", all));
    TarEntry back = read(TarWriter.header(entry)).getFirst();
    assertThat(back.xattrs().get("user.all")).isEqualTo(all);
    TarEntry empty = read(TarWriter.header(file("f", 0, 0, 1, 0, Map.of("user.empty", new byte[0])))).getFirst();
    assertThat(empty.xattrs().get("user.empty")).isEmpty();
  }

  @Test
  void recordsOfEveryLengthSayTheirOwnLengthRight() throws IOException {
    for (int length = 1; length < 1100; length++) { // the length's own digits count: 99 and 101 exist, 100 may not
      TarEntry entry = file("é" + "n".repeat(length), 0, 0, 1, 0, Map.of());
      assertThat(read(TarWriter.header(entry))).containsExactly(entry);
    }
  }

  @Test
  void otherReadersUnderstandWhatWeWrite() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TarEntry large = file("larger than 8 GiB", 9L << 30, 5_000_000, 1_700_000_000, 5_000_000, Map.of("user.x", ascii("y")));
    TarEntry link = new TarEntry("é".repeat(80), Type.SYMBOLIC_LINK, "t".repeat(300), 0777, 0, 0, 0, 7, 0, 0, 0, Map.of(), null);
    out.writeBytes(TarWriter.header(link));
    out.writeBytes(TarWriter.header(large));
    try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(out.toByteArray()), "UTF-8")) {
      TarArchiveEntry first = tar.getNextEntry();
      assertThat(first.getName()).isEqualTo("é".repeat(80));
      assertThat(first.getLinkName()).isEqualTo("t".repeat(300));
      assertThat(first.isCheckSumOK()).isTrue();
      TarArchiveEntry second = tar.getNextEntry();
      assertThat(second.getSize()).isEqualTo(9L << 30);
      assertThat(second.getLongUserId()).isEqualTo(5_000_000);
      assertThat(second.getLastModifiedTime().toInstant().getNano()).isEqualTo(5_000_000);
      assertThat(second.getExtraPaxHeader("SCHILY.xattr.user.x")).isEqualTo("y");
    }
  }

  @Test
  void sparseMapsReadBack() throws IOException {
    long[] extents = {0, 512, 10_000, 0, 1L << 40, 7};
    TarEntry entry = new TarEntry("sparse", Type.FILE, "", 0644, 0, 0, (1L << 40) + 7, 1, 0, 0, 0, Map.of(), extents);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(TarWriter.header(entry));
    out.writeBytes(new byte[519]);
    out.writeBytes(new byte[TarWriter.padding(entry)]);
    out.writeBytes(TarWriter.header(file("next", 0, 0, 1, 0, Map.of())));
    List<TarEntry> back = read(out.toByteArray());
    assertThat(back).extracting(TarEntry::name).containsExactly("sparse", "next");
    assertThat(back.getFirst().size()).isEqualTo((1L << 40) + 7);
    assertThat(back.getFirst().extents()).containsExactly(extents);
    assertThat(TarWriter.dataBytes(entry)).isEqualTo(519);
  }

  @Test
  void gnuNumbersAreBase256() throws IOException {
    byte[] archive = new LayerTar().file("f", "").bytes();
    number(archive, 108, 8, 0xfffffffeL);
    number(archive, 136, 12, -5);
    byte[] header = Arrays.copyOf(archive, 512);
    LayerTar.checksum(header);
    TarEntry entry = read(header).getFirst();
    assertThat(entry.uid()).isEqualTo(-2);
    assertThat(entry.modifiedSeconds()).isEqualTo(-5);
  }

  private static void number(byte[] block, int at, int length, long value) {
    long rest = value;
    for (int i = at + length - 1; i >= at; i--) {
      block[i] = (byte) rest;
      rest >>= 8;
    }
    block[at] = (byte) (value < 0 ? 0xff : 0x80);
  }

  @Test
  void numbersThatAreNoneAreRefused() {
    for (int at : new int[] {100, 108, 116, 124, 136}) {
      byte[] header = Arrays.copyOf(new LayerTar().file("f", "").bytes(), 512);
      header[at + 2] = '9';
      LayerTar.checksum(header);
      assertThatThrownBy(() -> read(header)).as("field at " + at).isInstanceOf(TarFormatException.class).hasMessageContaining("f");
      byte[] huge = Arrays.copyOf(new LayerTar().file("f", "").bytes(), 512);
      Arrays.fill(huge, at, at + 8, (byte) 0x90);
      LayerTar.checksum(huge);
      if (at != 100) {
        assertThatThrownBy(() -> read(huge)).as("field at " + at).isInstanceOf(TarFormatException.class);
      }
    }
  }

  @Test
  void brokenPaxRecordsAreRefused() {
    for (String records :
        List.of("path=x\n", "5 a=b\n", "100 path=x\n", "9 path=x", "10 path=xy!", "3 \n", "0 a=b\n", "-6 a=b\n", "6 =bc\n", "999999999999 a=b\n", "7 abcd\n", " 6 a=b\n")) {
      byte[] archive = new LayerTar().member("pax", 'x', "", 0, 0, ascii(records)).file("f", "").bytes();
      assertThatThrownBy(() -> read(archive)).as(records).isInstanceOf(TarFormatException.class);
    }
    for (Map.Entry<String, String> bad :
        Map.of("size", "-1", "uid", "x", "mtime", "1.x", "gid", "99999999999999999999", "path", "a\0b", "GNU.sparse.map", "1,,2", "linkpath", "\0").entrySet()) {
      assertThatThrownBy(() -> read(new LayerTar().pax(bad.getKey(), ascii(bad.getValue())).file("f", "").bytes()))
          .as(bad.toString())
          .isInstanceOf(TarFormatException.class);
    }
  }

  @Test
  void paxOverrulesTheHeader() throws IOException {
    TarEntry entry =
        only(new LayerTar().pax("path", ascii("other")).pax("uid", ascii("7")).pax("gid", ascii("8")).pax("mtime", ascii("-1.5")).file("f", ""));
    assertThat(entry.name()).isEqualTo("other");
    assertThat(entry.uid()).isEqualTo(7);
    assertThat(entry.gid()).isEqualTo(8);
    assertThat(entry.modifiedSeconds()).isEqualTo(-2);
    assertThat(entry.modifiedNanos()).isEqualTo(500_000_000);
    assertThat(only(new LayerTar().pax("path").file("kept", "")).name()).isEqualTo("kept");
  }

  @Test
  void globalHeadersMeanNothing() throws IOException {
    List<TarEntry> entries = read(new LayerTar().member("g", 'g', "", 0, 0, ascii("13 path=evil\n")).file("f", "").bytes());
    assertThat(entries).extracting(TarEntry::name).containsExactly("f");
  }

  @Test
  void longNamesOfGnuEndAtTheirNul() throws IOException {
    List<TarEntry> entries =
        read(
            new LayerTar()
                .member("L", 'L', "", 0, 0, ascii("n".repeat(300) + "\0junk"))
                .member("K", 'K', "", 0, 0, ascii("t".repeat(300) + "\0"))
                .symbolicLink("cut", "cut")
                .file("after", "")
                .bytes());
    assertThat(entries).extracting(TarEntry::name).containsExactly("n".repeat(300), "after");
    assertThat(entries).extracting(TarEntry::linkName).containsExactly("t".repeat(300), "");
  }

  @Test
  void linksAndDirectoriesHaveNoData() throws IOException {
    byte[] archive = new LayerTar().directory("d").file("f", "").bytes();
    System.arraycopy(ascii("00000001000\0"), 0, archive, 124, 12); // old archives say how much room a directory may take
    byte[] header = Arrays.copyOf(archive, 512);
    LayerTar.checksum(header);
    System.arraycopy(header, 0, archive, 0, 512);
    assertThat(read(archive)).extracting(TarEntry::name).containsExactly("d", "f");
  }

  @Test
  void sparseMapsThatDoNotFitAreRefused() {
    for (String map : List.of("0,5", "10,4,5,4", "0,4,4,5", "99,4,200,4", "0,8,x,0", "0,8,8", "9223372036854775800,8", "0,4,9223372036854775806,4")) {
      LayerTar layer = new LayerTar().pax("GNU.sparse.size", ascii("100")).pax("GNU.sparse.map", ascii(map)).file("f", "12345678");
      assertThatThrownBy(() -> read(layer.bytes())).as(map).isInstanceOf(TarFormatException.class);
    }
    for (String map : List.of("1\n0\n9\n", "2\n0\n4\n", "x\n", "\n", "99999999999\n0\n4\n", "1\n0\n")) {
      LayerTar layer =
          new LayerTar().pax("GNU.sparse.major", ascii("1")).pax("GNU.sparse.minor", ascii("0")).pax("GNU.sparse.realsize", ascii("100"))
              .file("f", map + "\0".repeat(512 - map.length()) + "12345678");
      assertThatThrownBy(() -> read(layer.bytes())).as(map).isInstanceOf(TarFormatException.class);
    }
  }

  @Test
  void zerosBetweenMembersAreRefused() {
    byte[] archive = new LayerTar().file("a", "").raw(new byte[512]).file("b", "").bytes();
    assertThatThrownBy(() -> read(archive)).isInstanceOf(TarFormatException.class).hasMessageContaining("zeros");
  }

  @Test
  void oneBlockOfZerosAtTheEndIsEnough() throws IOException {
    byte[] members = new LayerTar().file("a", "x").members();
    assertThat(read(members)).hasSize(1);
    assertThat(read(Arrays.copyOf(members, members.length + 512))).hasSize(1);
  }
}
