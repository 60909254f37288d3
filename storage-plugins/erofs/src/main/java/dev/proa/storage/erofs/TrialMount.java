package dev.proa.storage.erofs;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Magic;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarWriter;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.storage.layers.ApplyLimits;
import dev.proa.storage.layers.Catalogue;
import dev.proa.storage.layers.LayerUnpacker;
import dev.proa.storage.layers.LowerLayers;
import dev.proa.storage.layers.OverlayFormat;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Finds out by doing it how this host mounts an image that lies in the driver's folder: a small one, attached nowhere, gone with its descriptor. */
final class TrialMount {
  private static final int DIRECTORY = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;
  private static final String FILE = "trial";
  private static final String XATTR = "trusted.proa";
  private static final byte[] CONTENT = "readable".getBytes(StandardCharsets.US_ASCII);

  private TrialMount() {}

  /**
   * The first of the ways that works.
   *
   * @throws ProaException {@code FAILED_PRECONDITION} with what came of each
   */
  static LayerMounts choose(Path folder, Catalogue catalogue, List<LayerMounts> ways) throws IOException {
    String staged = catalogue.stage();
    try (Fd directory = Fs.openat(catalogue.own(), staged, DIRECTORY)) {
      writeImage(directory);
      StringBuilder reasons = new StringBuilder();
      ProaException failure = new ProaException(ErrorClass.FAILED_PRECONDITION, "", null);
      for (LayerMounts way : ways) {
        try (Fd root = way.mount(directory, "image", Path.of("/proc/self/fd/" + directory.raw() + "/image"))) {
          verify(root);
          return way;
        } catch (ErrnoException e) {
          reasons.append(reasons.isEmpty() ? "" : "; ").append(way.words()).append(": ").append(e.getMessage());
          failure.addSuppressed(e);
        }
      }
      ProaException told = ProaException.failedPrecondition("cannot mount an EROFS image that lies in " + folder + ": " + reasons + hint(reasons));
      Arrays.stream(failure.getSuppressed()).forEach(told::addSuppressed);
      throw told;
    } finally {
      catalogue.discardQuietly(staged);
    }
  }

  private static String hint(StringBuilder reasons) {
    return reasons.indexOf("ENODEV") >= 0 ? "; the kernel has no EROFS: modprobe erofs" : "";
  }

  private static void writeImage(Fd directory) throws IOException {
    TarEntry entry = new TarEntry(FILE, TarEntry.Type.FILE, "", 0644, 0, 0, CONTENT.length, 0, 0, 0, 0, Map.of(XATTR, CONTENT), null);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    tar.writeBytes(TarWriter.header(entry));
    tar.writeBytes(Arrays.copyOf(CONTENT, CONTENT.length + TarWriter.padding(entry)));
    tar.writeBytes(new byte[TarWriter.END_BYTES]);
    try (Fd image = ErofsStore.newImage(directory);
        ErofsTarget target = new ErofsTarget(image, new UUID(0, 0), OverlayFormat.TRUSTED, 1)) {
      new LayerUnpacker(target, LowerLayers.none(OverlayFormat.TRUSTED), OverlayFormat.TRUSTED, ApplyLimits.DEFAULT)
          .unpack(new ByteArrayInputStream(tar.toByteArray()));
    }
  }

  private static void verify(Fd root) throws ErrnoException {
    byte[] read = new byte[CONTENT.length];
    try (Fd file = Fs.openat(root, FILE, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW)) {
      if (Fs.fstatfs(root).type() != Magic.EROFS_SUPER_MAGIC_V1 || Io.read(file, read, 0, read.length) != read.length || !Arrays.equals(read, CONTENT)) {
        throw new ErrnoException("read", Errno.EIO, "not what was written");
      }
      if (!Arrays.equals(Fs.fgetxattr(file, XATTR), CONTENT)) {
        throw new ErrnoException("fgetxattr", Errno.EOPNOTSUPP, "no extended attributes (CONFIG_EROFS_FS_XATTR)");
      }
    }
  }
}
