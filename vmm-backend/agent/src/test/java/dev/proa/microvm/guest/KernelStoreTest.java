package dev.proa.microvm.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.lz4.BlockLZ4CompressorOutputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernels of a few bytes, packed as Debian packs its own. */
final class KernelStoreTest {
  private static final String VERSION = "6.1.0-99-cloud-amd64";

  @TempDir private Path folder;
  private KernelStore store;

  @BeforeEach
  void newStore() {
    store = new KernelStore(folder.resolve("kernels"));
  }

  // --- what the tests are made of

  /** An ELF file with one note: the entry of PVH, if it is to have one. */
  private static byte[] elf(boolean pvh) {
    ByteBuffer elf = ByteBuffer.allocate(4000).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).putShort(16, (short) 2).putShort(18, (short) 62).putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 1);
    elf.putInt(64, 4).putLong(72, 200).putLong(96, 24);
    elf.putInt(200, 4).putInt(204, 8).putInt(208, pvh ? 18 : 6).put(212, "Xen\0".getBytes(StandardCharsets.US_ASCII)).putLong(216, 0x1000850);
    byte[] filler = new byte[3000];
    new Random(7).nextBytes(filler);
    return elf.put(500, filler).array();
  }

  private static byte[] bzImage(byte[] payload) {
    ByteBuffer image = ByteBuffer.allocate(1024 + 256 + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    image.put(0x1f1, (byte) 1).putShort(0x1fe, (short) 0xaa55).putInt(0x202, 0x53726448).putShort(0x206, (short) 0x20f).putShort(0x20e, (short) 0x100);
    image.put(0x300, (VERSION + " (builder)\0").getBytes(StandardCharsets.US_ASCII)).putInt(0x248, 256).putInt(0x24c, payload.length).put(1280, payload);
    return image.array();
  }

  private static byte[] lz4(byte[] content) throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    try (BlockLZ4CompressorOutputStream out = new BlockLZ4CompressorOutputStream(block)) {
      out.write(content);
    }
    ByteBuffer payload = ByteBuffer.allocate(block.size() + 12).order(ByteOrder.LITTLE_ENDIAN);
    return payload.putInt(0x184c2102).putInt(block.size()).put(block.toByteArray()).putInt(content.length).array();
  }

  /** Two sections: their names, and .modinfo. */
  private static byte[] module(String depends) {
    byte[] info = ("license=GPL\0depends=" + depends + "\0name=x\0").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer elf = ByteBuffer.allocate(512 + info.length).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).putLong(40, 64).putShort(58, (short) 64).putShort(60, (short) 2).putShort(62, (short) 0);
    elf.putInt(64, 1).putLong(64 + 24, 256).putLong(64 + 32, 32).put(257, ".shstrtab\0.modinfo\0".getBytes(StandardCharsets.US_ASCII));
    elf.putInt(128, 11).putLong(128 + 24, 512).putLong(128 + 32, info.length).put(512, info);
    return elf.array();
  }

  /** Module to what it depends on, as Debian's kernel has them. */
  private static Map<String, String> modules() {
    Map<String, String> modules = new LinkedHashMap<>();
    modules.put("virtio_mmio", "virtio,virtio_ring");
    modules.put("virtio", "");
    modules.put("virtio_ring", "virtio");
    modules.put("virtio_blk", "virtio_ring,virtio");
    modules.put("virtio_net", "virtio,net_failover,virtio_ring");
    modules.put("net_failover", "failover");
    modules.put("failover", "");
    modules.put("virtio-rng", "virtio");
    modules.put("vsock", "");
    modules.put("vmw_vsock_virtio_transport_common", "vsock");
    modules.put("vmw_vsock_virtio_transport", "vmw_vsock_virtio_transport_common,virtio_ring,vsock,virtio");
    modules.put("fuse", "");
    modules.put("virtiofs", "virtio,fuse,virtio_ring");
    modules.put("overlay", "");
    modules.put("libcrc32c", "");
    modules.put("erofs", "libcrc32c");
    modules.put("snd_something", "soundcore");
    return modules;
  }

  private Path deb(byte[] kernel, Map<String, String> modules) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new XZCompressorOutputStream(packed))) {
      put(tar, "./boot/vmlinuz-" + VERSION, kernel);
      for (Map.Entry<String, String> module : modules.entrySet()) {
        put(tar, "./lib/modules/" + VERSION + "/kernel/drivers/" + module.getKey() + ".ko", module(module.getValue()));
      }
      put(tar, "./lib/modules/" + VERSION + "/modules.builtin", "kernel/crypto/crc32c_generic.ko\nkernel/fs/ext4/ext4.ko\n".getBytes(StandardCharsets.US_ASCII));
    }
    Path deb = folder.resolve("linux.deb");
    try (OutputStream file = Files.newOutputStream(deb); ArArchiveOutputStream ar = new ArArchiveOutputStream(file)) {
      for (Map.Entry<String, byte[]> part : Map.of("data.tar.xz", packed.toByteArray()).entrySet()) {
        ar.putArchiveEntry(new ArArchiveEntry(part.getKey(), part.getValue().length));
        ar.write(part.getValue());
        ar.closeArchiveEntry();
      }
    }
    return deb;
  }

  private static void put(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private void assertRefused(Path file, String words) throws IOException {
    assertThatThrownBy(() -> store.install(file)).isInstanceOf(BadKernelException.class).hasMessageContaining(words);
    assertThat(store.list()).isEmpty();
    if (Files.exists(folder.resolve("kernels"))) {
      try (Stream<Path> left = Files.list(folder.resolve("kernels"))) {
        assertThat(left).as("what a refused kernel leaves").isEmpty();
      }
    }
  }

  private Path file(byte[] content) throws IOException {
    return Files.write(folder.resolve("file"), content);
  }

  // --- the tests

  @Test
  void packageIsUnpackedCheckedAndRememberedByItsDigest() throws IOException {
    KernelStore.Kernel kernel = store.install(deb(bzImage(lz4(elf(true))), modules()));
    assertThat(kernel.version()).isEqualTo(VERSION);
    assertThat(kernel.digest()).matches("[0-9a-f]{64}");
    assertThat(Files.readAllBytes(kernel.vmlinux())).isEqualTo(elf(true));
    assertThat(store.list()).containsExactly(kernel);
    assertThat(store.newest()).isEqualTo(kernel);
    assertThat(store.find(VERSION)).isEqualTo(kernel);
    assertThat(store.find(kernel.digest().substring(0, 8))).isEqualTo(kernel);
  }

  @Test
  void modulesComeBehindWhatTheyNeedAndOthersStayOut() throws IOException {
    KernelStore.Kernel kernel = store.install(deb(bzImage(lz4(elf(true))), modules()));
    assertThat(kernel.modules())
        .containsExactly(
            "virtio", "virtio_ring", "virtio_mmio", "virtio_blk", "failover", "net_failover", "virtio_net", "virtio_rng", "vsock",
            "vmw_vsock_virtio_transport_common", "vmw_vsock_virtio_transport", "fuse", "virtiofs", "overlay", "libcrc32c", "erofs");
  }

  @Test
  void sameKernelAgainIsOneKernel() throws IOException {
    Path deb = deb(bzImage(lz4(elf(true))), modules());
    assertThat(store.install(deb).digest()).isEqualTo(store.install(deb).digest());
    assertThat(store.list()).hasSize(1);
  }

  @Test
  void removedKernelIsGone() throws IOException {
    store.remove(store.install(deb(bzImage(lz4(elf(true))), modules())));
    assertThat(store.list()).isEmpty();
    assertThatThrownBy(() -> store.newest()).hasMessageContaining("proa kernel install");
    try (Stream<Path> left = Files.list(folder.resolve("kernels"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void kernelWithoutAPackageHasAllItNeedsBuiltIn() throws IOException {
    KernelStore.Kernel kernel = store.install(file(bzImage(lz4(elf(true)))));
    assertThat(kernel.version()).isEqualTo(VERSION);
    assertThat(kernel.modules()).isEmpty();
  }

  @Test
  void initramfsHasTheAgentTheModulesAndAConsole() throws IOException {
    KernelStore.Kernel kernel = store.install(deb(bzImage(lz4(elf(true))), modules()));
    Path file = folder.resolve("initramfs");
    KernelStore.writeInitramfs(kernel, new byte[] {1, 2, 3}, file);
    Map<String, byte[]> contents = new LinkedHashMap<>();
    Map<String, Long> modes = new LinkedHashMap<>();
    try (CpioArchiveInputStream cpio = new CpioArchiveInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      for (CpioArchiveEntry entry = cpio.getNextEntry(); entry != null; entry = cpio.getNextEntry()) {
        contents.put(entry.getName(), cpio.readNBytes((int) entry.getSize()));
        modes.put(entry.getName(), entry.getMode());
        if (entry.getName().equals("dev/console")) {
          assertThat(entry.getRemoteDeviceMaj() * 256 + entry.getRemoteDeviceMin()).isEqualTo(5 * 256 + 1);
        }
      }
    }
    assertThat(contents.get("init")).containsExactly(1, 2, 3);
    assertThat(modes.get("init")).isEqualTo(0100755);
    assertThat(modes.get("proc")).isEqualTo(0040755);
    assertThat(new String(contents.get("modules/order"), StandardCharsets.US_ASCII).lines()).containsExactlyElementsOf(kernel.modules());
    assertThat(contents.get("modules/erofs")).isEqualTo(module("libcrc32c"));
    byte[] first = Files.readAllBytes(file);
    KernelStore.writeInitramfs(kernel, new byte[] {1, 2, 3}, file);
    assertThat(Files.readAllBytes(file)).as("written again").isEqualTo(first);
  }

  @Test
  void whatIsNoKernelIsRefused() throws IOException {
    assertRefused(file("#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII)), "is no kernel: neither a bzImage nor an ELF file");
    assertRefused(file(new byte[0]), "is no kernel");
    assertRefused(file("!<arch>\nnothing".getBytes(StandardCharsets.US_ASCII)), "");
  }

  @Test
  void packageWithoutAKernelIsRefused() throws IOException {
    Path deb = folder.resolve("other.deb");
    try (ArArchiveOutputStream ar = new ArArchiveOutputStream(Files.newOutputStream(deb))) {
      ar.putArchiveEntry(new ArArchiveEntry("debian-binary", 4));
      ar.write("2.0\n".getBytes(StandardCharsets.US_ASCII));
      ar.closeArchiveEntry();
    }
    assertRefused(deb, "has no kernel in it");
  }

  @Test
  void kernelWithoutPvhIsRefused() throws IOException {
    assertRefused(file(bzImage(lz4(elf(false)))), "has no PVH entry (CONFIG_PVH)");
  }

  @Test
  void missingModuleIsNamedWithWhoNeedsIt() throws IOException {
    Map<String, String> modules = modules();
    modules.remove("failover");
    assertRefused(deb(bzImage(lz4(elf(true))), modules), "lacks the module failover, which net_failover, for virtio_net needs");
    modules.remove("virtiofs");
    modules.remove("virtio_net");
    assertRefused(deb(bzImage(lz4(elf(true))), modules), "lacks the module virtio_net");
  }

  @Test
  void modulesThatNeedEachOtherAreNoEndlessLoop() throws IOException {
    Map<String, String> modules = modules();
    modules.put("virtio", "virtio_ring");
    assertRefused(deb(bzImage(lz4(elf(true))), modules), "need each other");
  }

  @Test
  void damagedKernelsAreRefusedInWords() throws IOException {
    byte[] good = bzImage(lz4(elf(true)));
    assertRefused(file(java.util.Arrays.copyOf(good, good.length - 100)), "is cut off");
    byte[] huge = good.clone();
    ByteBuffer.wrap(huge).order(ByteOrder.LITTLE_ENDIAN).putInt(good.length - 4, 0x7fffffff);
    assertRefused(file(huge), "no kernel does");
    byte[] longer = good.clone();
    ByteBuffer.wrap(longer).order(ByteOrder.LITTLE_ENDIAN).putInt(good.length - 4, 3000);
    assertRefused(file(longer), "cannot be unpacked");
  }

  @Test
  void randomDamageNeverGivesAnythingButASentence() throws IOException {
    byte[] good = bzImage(lz4(elf(true)));
    Random random = new Random(11);
    for (int round = 0; round < 400; round++) {
      byte[] bad = good.clone();
      for (int i = random.nextInt(1, 4); i > 0; i--) {
        bad[random.nextBoolean() ? random.nextInt(bad.length) : 0x1f0 + random.nextInt(0x60)] = (byte) random.nextInt();
      }
      try {
        Vmlinux.of(bad, "bad");
      } catch (BadKernelException e) {
        assertThat(e.getMessage()).startsWith("bad ");
      }
    }
  }
}
