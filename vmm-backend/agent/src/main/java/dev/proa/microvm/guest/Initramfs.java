package dev.proa.microvm.guest;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioConstants;

/**
 * The guest's first file system (Documentation/driver-api/early-userspace/buffer-format.rst): the agent as /init and the modules in /modules with their
 * order. The same parts give the same bytes.
 */
final class Initramfs {
  private static final List<String> FOLDERS = List.of("dev", "proc", "sys", "run", "modules", "share", "tmp");

  private Initramfs() {}

  /** @param modules name to content, in the order in which they are loaded */
  static void write(OutputStream out, byte[] agent, Map<String, byte[]> modules) throws IOException {
    try (CpioArchiveOutputStream cpio = new CpioArchiveOutputStream(out, CpioConstants.FORMAT_NEW)) {
      long inode = 1;
      for (String folder : FOLDERS) {
        put(cpio, inode++, folder, CpioConstants.C_ISDIR | 0755, new byte[0]);
      }
      // Without it the kernel gives its first process no standard streams, and what that says is lost.
      CpioArchiveEntry console = entry(inode++, "dev/console", CpioConstants.C_ISCHR | 0600, 0);
      console.setRemoteDeviceMaj(5);
      console.setRemoteDeviceMin(1);
      cpio.putArchiveEntry(console);
      cpio.closeArchiveEntry();
      put(cpio, inode++, "init", CpioConstants.C_ISREG | 0755, agent);
      StringBuilder order = new StringBuilder();
      for (Map.Entry<String, byte[]> module : modules.entrySet()) {
        put(cpio, inode++, "modules/" + module.getKey(), CpioConstants.C_ISREG | 0644, module.getValue());
        order.append(module.getKey()).append('\n');
      }
      put(cpio, inode, "modules/order", CpioConstants.C_ISREG | 0644, order.toString().getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static CpioArchiveEntry entry(long inode, String name, long mode, long size) {
    CpioArchiveEntry entry = new CpioArchiveEntry(CpioConstants.FORMAT_NEW, name, size);
    entry.setMode(mode);
    entry.setInode(inode);
    entry.setNumberOfLinks((mode & CpioConstants.C_ISDIR) != 0 && (mode & CpioConstants.S_IFMT) == CpioConstants.C_ISDIR ? 2 : 1);
    entry.setTime(0);
    return entry;
  }

  private static void put(CpioArchiveOutputStream cpio, long inode, String name, long mode, byte[] content) throws IOException {
    cpio.putArchiveEntry(entry(inode, name, mode, content.length));
    cpio.write(content);
    cpio.closeArchiveEntry();
  }
}
