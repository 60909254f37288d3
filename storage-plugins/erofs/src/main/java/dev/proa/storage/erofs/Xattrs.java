package dev.proa.storage.erofs;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.FileName;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Extended attributes as they lie behind an inode: struct erofs_xattr_ibody_header, then a struct erofs_xattr_entry with name and value for each,
 * padded to four bytes.
 */
final class Xattrs {
  static final byte[] NONE = {};

  private static final int HEADER_BYTES = 12;
  private static final int ENTRY_BYTES = 4;
  private static final int MAX_COUNT = 0xffff; // i_xattr_icount
  private static final int MAX_VALUE = 64 << 10; // XATTR_SIZE_MAX of linux/limits.h

  /** Prefixes that names are stored without: EROFS_XATTR_INDEX_*. */
  private static final Map<String, Integer> PREFIXES = Map.of("user.", 1, "trusted.", 4, "security.", 6);

  private static final String ACCESS_LIST = "system.posix_acl_access";
  private static final String DEFAULT_ACCESS_LIST = "system.posix_acl_default";

  private Xattrs() {}

  /** i_xattr_icount of what {@link #encode} made. */
  static int count(byte[] encoded) {
    return encoded.length == 0 ? 0 : 1 + (encoded.length - HEADER_BYTES) / 4;
  }

  /** The other way round. */
  static int bytes(int count) {
    return count == 0 ? 0 : HEADER_BYTES + (count - 1) * 4;
  }

  /**
   * Whether EROFS can hold it, and the file may have it: {@code user.*} belongs to files and directories only (xattr(7)), as every other file system
   * has it.
   */
  static boolean isStorable(String name, boolean fileOrDirectory) {
    if (name.equals(ACCESS_LIST) || name.equals(DEFAULT_ACCESS_LIST)) {
      return true;
    }
    String prefix = prefix(name);
    return prefix != null && (fileOrDirectory || !prefix.equals("user."));
  }

  private static @Nullable String prefix(String name) {
    String prefix = name.substring(0, name.indexOf('.') + 1);
    return PREFIXES.containsKey(prefix) && name.length() > prefix.length() ? prefix : null;
  }

  /**
   * @param xattrs storable ones
   * @throws ErrnoException as setxattr(2): ERANGE for a name, E2BIG for a value or all of them together, EINVAL for an access list that is none
   */
  static byte[] encode(Map<String, byte[]> xattrs) throws ErrnoException {
    if (xattrs.isEmpty()) {
      return NONE;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[HEADER_BYTES]);
    for (Map.Entry<String, byte[]> xattr : new TreeMap<>(xattrs).entrySet()) {
      out.writeBytes(entry(xattr.getKey(), xattr.getValue()));
    }
    byte[] all = out.toByteArray();
    if (count(all) > MAX_COUNT) {
      throw new ErrnoException("setxattr", Errno.E2BIG, "all extended attributes together: " + all.length + " bytes");
    }
    return all;
  }

  /** The entries alone, for inodes that refer to them. */
  static byte[] encodeShared(Map<String, byte[]> xattrs) throws ErrnoException {
    byte[] all = encode(xattrs);
    if (xattrs.size() > 0xff) { // h_shared_count
      throw new ErrnoException("setxattr", Errno.E2BIG, "more than 255 extended attributes of the root");
    }
    return Arrays.copyOfRange(all, HEADER_BYTES, all.length);
  }

  /** What lies behind an inode that refers to all entries of {@link #encodeShared}. */
  static byte[] references(byte[] shared) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[HEADER_BYTES]);
    int count = 0;
    for (int at = 0; at < shared.length; count++) {
      byte[] id = new byte[4];
      Erofs.put32(id, 0, at / 4);
      out.writeBytes(id);
      at += ENTRY_BYTES + (shared[at] & 0xff) + (shared[at + 2] & 0xff | (shared[at + 3] & 0xff) << 8) + 3 & ~3;
    }
    byte[] all = out.toByteArray();
    all[4] = (byte) count; // h_shared_count
    return all;
  }

  private static byte[] entry(String name, byte[] value) throws ErrnoException {
    int index = name.equals(ACCESS_LIST) ? 2 : name.equals(DEFAULT_ACCESS_LIST) ? 3 : 0;
    byte[] rest = NONE;
    if (index == 0) {
      String prefix = prefix(name);
      if (prefix == null) {
        throw new ErrnoException("setxattr", Errno.EOPNOTSUPP, name);
      }
      index = PREFIXES.get(prefix);
      rest = FileName.encode(name.substring(prefix.length()));
    } else if (!isAccessList(value)) {
      throw new ErrnoException("setxattr", Errno.EINVAL, name);
    }
    if (FileName.encode(name).length > Erofs.NAME_MAX) {
      throw new ErrnoException("setxattr", Errno.ERANGE, name);
    }
    if (value.length > MAX_VALUE - 1) { // e_value_size has 16 bits
      throw new ErrnoException("setxattr", Errno.E2BIG, name);
    }
    byte[] entry = new byte[ENTRY_BYTES + rest.length + value.length + 3 & ~3];
    entry[0] = (byte) rest.length;
    entry[1] = (byte) index;
    Erofs.put16(entry, 2, value.length);
    System.arraycopy(rest, 0, entry, ENTRY_BYTES, rest.length);
    System.arraycopy(value, 0, entry, ENTRY_BYTES + rest.length, value.length);
    return entry;
  }

  /** linux/posix_acl_xattr.h: version 2, then entries of eight bytes. */
  private static boolean isAccessList(byte[] value) {
    return value.length >= 4 && (value.length - 4) % 8 == 0 && value[0] == 2 && value[1] == 0 && value[2] == 0 && value[3] == 0;
  }
}
