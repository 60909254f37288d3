package dev.proa.vmm.virtio.fs;

import static dev.proa.vmm.virtio.fs.FuseAbi.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.linux.Errno;
import dev.proa.linux.Fs;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.vmm.memory.GuestMemory;
import dev.proa.vmm.virtio.TestDriver;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FsDeviceTest {
  private static final int REPLY = 8192;

  @TempDir Path directory;

  private Path root;
  private TestDriver driver;
  private long unique;
  private int uid = Processes.geteuid();

  @BeforeEach
  void start() throws Exception {
    root = Files.createDirectory(directory.resolve("root"));
    Files.writeString(root.resolve("file"), "contents");
    Files.writeString(directory.resolve("secret"), "not yours");
    Files.createSymbolicLink(root.resolve("link"), Path.of("../secret"));
    driver = driver(false);
    init();
  }

  private TestDriver driver(boolean readOnly) throws Exception {
    return new TestDriver(
            GuestMemory.anonymous(TestDriver.MEMORY), new FsDevice("tag", Fs.open(root.toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY), readOnly))
        .start(0);
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private record Reply(int error, ByteBuffer body) {}

  /** Arguments: Integer and Long as they are, String with a NUL, byte[] raw. */
  private Reply ask(int opcode, long node, Object... arguments) throws Exception {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (Object argument : arguments) {
      switch (argument) {
        case Integer i -> body.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(i).array());
        case Long l -> body.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(l).array());
        case String s -> body.writeBytes((s + "\0").getBytes(StandardCharsets.UTF_8));
        case byte[] b -> body.writeBytes(b);
        default -> throw new IllegalArgumentException(String.valueOf(argument));
      }
    }
    ByteBuffer header = ByteBuffer.allocate(IN_HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(IN_HEADER + body.size()).putInt(opcode).putLong(++unique).putLong(node).putInt(uid).putInt(uid).putInt(1).putInt(0);
    List<byte[]> readable = new ArrayList<>(List.of(header.array()));
    if (body.size() > 0) {
      readable.add(body.toByteArray());
    }
    TestDriver.Used used = driver.send(FsDevice.REQUESTS, readable, OUT_HEADER, REPLY);
    ByteBuffer reply = ByteBuffer.wrap(used.bytes(), 0, used.written()).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(reply.getInt()).isEqualTo(used.written());
    int error = reply.getInt();
    assertThat(reply.getLong()).isEqualTo(unique);
    return new Reply(-error, reply.slice().order(ByteOrder.LITTLE_ENDIAN));
  }

  private ByteBuffer well(int opcode, long node, Object... arguments) throws Exception {
    Reply reply = ask(opcode, node, arguments);
    assertThat(reply.error()).isZero();
    return reply.body();
  }

  private void init() throws Exception {
    ByteBuffer init = well(FUSE_INIT, 0, 7, 38, 0, -1, new byte[48]);
    assertThat(init.remaining()).isEqualTo(64);
    assertThat(init.getInt(0)).isEqualTo(7);
    assertThat(init.getInt(20)).as("max_write").isEqualTo(FuseServer.MAX_WRITE);
  }

  private long lookup(long parent, String name) throws Exception {
    return well(FUSE_LOOKUP, parent, name).getLong(0);
  }

  @Test
  void filesAreFoundReadAndWritten() throws Exception {
    assertThat(driver.read(0x100)).as("the tag").isEqualTo(0x00676174);
    long file = lookup(ROOT_ID, "file");
    long handle = well(FUSE_OPEN, file, 2, 0).getLong(0);
    ByteBuffer data = well(FUSE_READ, file, handle, 0L, 100, 0, 0L, 0, 0);
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    assertThat(new String(bytes)).isEqualTo("contents");
    assertThat(well(FUSE_WRITE, file, handle, 3L, 4, 0, 0L, 0, 0, "here".getBytes()).getInt(0)).isEqualTo(4);
    assertThat(well(FUSE_GETATTR, file, 0, 0, 0L).getLong(24)).as("size").isEqualTo(8);
    well(FUSE_FSYNC, file, handle, 1, 0);
    well(FUSE_FLUSH, file, handle, 0, 0, 0L);
    well(FUSE_RELEASE, file, handle, 0, 0, 0L);
    assertThat(ask(FUSE_READ, file, handle, 0L, 100, 0, 0L, 0, 0).error()).isEqualTo(Errno.EBADF.number());
    assertThat(Files.readString(root.resolve("file"))).isEqualTo("conheres");
  }

  @Test
  void namesThatLeadOutAreRefused() throws Exception {
    for (String name : List.of("..", ".", "", "../secret", "/etc/passwd", "file/../../secret")) {
      assertThat(ask(FUSE_LOOKUP, ROOT_ID, name).error()).as(name).isEqualTo(Errno.EINVAL.number());
      assertThat(ask(FUSE_CREATE, ROOT_ID, 0, 0644, 0, 0, name).error()).as(name).isEqualTo(Errno.EINVAL.number());
      assertThat(ask(FUSE_MKDIR, ROOT_ID, 0755, 0, name).error()).as(name).isEqualTo(Errno.EINVAL.number());
      assertThat(ask(FUSE_UNLINK, ROOT_ID, name).error()).as(name).isEqualTo(Errno.EINVAL.number());
      assertThat(ask(FUSE_RENAME, ROOT_ID, ROOT_ID, "file", name).error()).as(name).isEqualTo(Errno.EINVAL.number());
      assertThat(ask(FUSE_SYMLINK, ROOT_ID, name, "x").error()).as(name).isEqualTo(Errno.EINVAL.number());
    }
    long link = lookup(ROOT_ID, "link");
    ByteBuffer target = well(FUSE_READLINK, link);
    byte[] bytes = new byte[target.remaining()];
    target.get(bytes);
    assertThat(new String(bytes)).as("the guest follows links, in its own root").isEqualTo("../secret");
    assertThat(ask(FUSE_OPEN, link, 0, 0).error()).isEqualTo(Errno.ENXIO.number());
    assertThat(ask(FUSE_CREATE, ROOT_ID, 1, 0644, 0, 0, "link").error()).as("nor does making follow them").isEqualTo(Errno.ELOOP.number());
    assertThat(ask(FUSE_SETATTR, link, 8, 0, 0L, 0L, 0L, 0L, 0L, 0L, 0, 0, 0, 0, 0, 0, 0, 0).error()).isEqualTo(Errno.ENXIO.number());
    assertThat(ask(FUSE_LOOKUP, link, "x").error()).isEqualTo(Errno.ENOTDIR.number());
    assertThat(Files.readString(directory.resolve("secret"))).isEqualTo("not yours");
  }

  @Test
  void directoriesAreReadInPieces() throws Exception {
    Set<String> names = new TreeSet<>(Set.of("file", "link"));
    for (int i = 0; i < 500; i++) {
      Files.writeString(root.resolve("file-with-a-name-" + i), "");
      names.add("file-with-a-name-" + i);
    }
    for (int opcode : new int[] {FUSE_READDIR, FUSE_READDIRPLUS}) {
      long handle = well(FUSE_OPENDIR, ROOT_ID, 0, 0).getLong(0);
      Set<String> seen = new TreeSet<>();
      long offset = 0;
      int rounds = 0;
      for (ByteBuffer b = readdir(opcode, handle, offset); b.hasRemaining(); b = readdir(opcode, handle, offset)) {
        rounds++;
        while (b.hasRemaining()) {
          int start = b.position() + (opcode == FUSE_READDIRPLUS ? ENTRY_OUT : 0);
          offset = b.getLong(start + 8);
          byte[] name = new byte[b.getInt(start + 16)];
          b.get(start + DIRENT, name);
          assertThat(seen.add(new String(name))).isTrue();
          b.position(start + (DIRENT + name.length + 7 & ~7));
        }
      }
      assertThat(seen).isEqualTo(names);
      assertThat(rounds).isGreaterThan(3);
      well(FUSE_RELEASEDIR, ROOT_ID, handle, 0, 0, 0L);
    }
  }

  private ByteBuffer readdir(int opcode, long handle, long offset) throws Exception {
    return well(opcode, ROOT_ID, handle, offset, 4096, 0, 0L, 0, 0);
  }

  @Test
  void whatIsMadeBelongsToWhoAsked() throws Exception {
    org.junit.jupiter.api.Assumptions.assumeTrue(uid == 0, "only root can make files for others");
    Files.setAttribute(root, "unix:mode", 0777);
    uid = 1234;
    well(FUSE_MKDIR, ROOT_ID, 0750, 0, "d");
    well(FUSE_CREATE, ROOT_ID, 1, 0640, 0, 0, "made");
    well(FUSE_SYMLINK, ROOT_ID, "l", "anywhere");
    well(FUSE_MKNOD, ROOT_ID, 0010644, 0, 0, 0, "fifo");
    for (String name : List.of("d", "made", "l", "fifo")) {
      assertThat(Files.getAttribute(root.resolve(name), "unix:uid", java.nio.file.LinkOption.NOFOLLOW_LINKS)).as(name).isEqualTo(1234);
    }
    assertThat((int) Files.getAttribute(root.resolve("d"), "unix:mode") & 07777).isEqualTo(0750);
    assertThat(ask(FUSE_OPEN, lookup(ROOT_ID, "fifo"), 0, 0).error()).as("a fifo would block").isEqualTo(Errno.ENXIO.number());
    uid = 0;
    well(FUSE_CREATE, ROOT_ID, 1, 0640, 0, 0, "roots");
    assertThat(Files.getAttribute(root.resolve("roots"), "unix:uid")).as("the thread is itself again").isEqualTo(0);
  }

  @Test
  void attributesAreChanged() throws Exception {
    long file = lookup(ROOT_ID, "file");
    ByteBuffer attr = well(FUSE_SETATTR, file, 1 | 8 | 0x20, 0, 0L, 4L, 0L, 0L, 981173106L, 0L, 0, 500, 0, 0600, 0, 0, 0, 0);
    assertThat(attr.getLong(24)).as("size").isEqualTo(4);
    assertThat(attr.getInt(16 + 60) & 07777).as("mode").isEqualTo(0600);
    assertThat(Files.getLastModifiedTime(root.resolve("file")).toMillis()).isEqualTo(981173106000L);
    well(FUSE_SETXATTR, file, 3, 0, "user.a", "abc".getBytes());
    assertThat(well(FUSE_GETXATTR, file, 0, 0, "user.a").getInt(0)).isEqualTo(3);
    assertThat(well(FUSE_GETXATTR, file, 10, 0, "user.a").remaining()).isEqualTo(3);
    assertThat(ask(FUSE_GETXATTR, file, 2, 0, "user.a").error()).isEqualTo(Errno.ERANGE.number());
    assertThat(well(FUSE_LISTXATTR, file, 100, 0).remaining()).isEqualTo(7);
    well(FUSE_REMOVEXATTR, file, "user.a");
    assertThat(ask(FUSE_GETXATTR, file, 10, 0, "user.a").error()).isEqualTo(Errno.ENODATA.number());
    assertThat(ask(FUSE_SETXATTR, file, 1, 0, "trusted.overlay.opaque", "y".getBytes()).error()).isEqualTo(Errno.EOPNOTSUPP.number());
  }

  @Test
  void namesAreLinkedMovedAndRemoved() throws Exception {
    long file = lookup(ROOT_ID, "file");
    assertThat(well(FUSE_LINK, ROOT_ID, file, "hard").getLong(0)).as("the same file").isEqualTo(file);
    assertThat(ask(FUSE_RENAME2, ROOT_ID, ROOT_ID, 1, 0, "file", "hard").error()).isEqualTo(Errno.EEXIST.number());
    long d = well(FUSE_MKDIR, ROOT_ID, 0755, 0, "d").getLong(0);
    well(FUSE_RENAME, ROOT_ID, d, "file", "moved");
    assertThat(lookup(d, "moved")).isEqualTo(file);
    assertThat(ask(FUSE_RMDIR, ROOT_ID, "d").error()).isEqualTo(Errno.ENOTEMPTY.number());
    well(FUSE_UNLINK, d, "moved");
    well(FUSE_RMDIR, ROOT_ID, "d");
    assertThat(Files.readString(root.resolve("hard"))).isEqualTo("contents");
    assertThat(well(FUSE_STATFS, ROOT_ID).remaining()).isEqualTo(80);
    assertThat(ask(FUSE_LOOKUP, 999, "x").error()).as("a node that was never given").isEqualTo(Errno.ESTALE.number());
  }

  @Test
  void holesAreFoundAndFilesCopied() throws Exception {
    long from = lookup(ROOT_ID, "file");
    long in = well(FUSE_OPEN, from, 0, 0).getLong(0);
    ByteBuffer made = well(FUSE_CREATE, ROOT_ID, 2, 0644, 0, 0, "copy");
    long to = made.getLong(0);
    long out = made.getLong(ENTRY_OUT);
    well(FUSE_FALLOCATE, to, out, 0L, 65536L, 0, 0);
    assertThat(well(FUSE_COPY_FILE_RANGE, from, in, 2L, to, out, 10L, 4L, 0L).getInt(0)).isEqualTo(4);
    assertThat(Arrays.copyOfRange(Files.readAllBytes(root.resolve("copy")), 10, 14)).isEqualTo("nten".getBytes());
    assertThat(well(FUSE_LSEEK, from, in, 0L, 4, 0).getLong(0)).as("the hole behind the end").isEqualTo(8);
  }

  @Test
  void aReadOnlyDirectoryStaysAsItIs() throws Exception {
    driver.close();
    driver = driver(true);
    init();
    long file = lookup(ROOT_ID, "file");
    int erofs = Errno.EROFS.number();
    assertThat(ask(FUSE_OPEN, file, 2, 0).error()).isEqualTo(erofs);
    assertThat(ask(FUSE_OPEN, file, Fcntl.O_TRUNC, 0).error()).isEqualTo(erofs);
    assertThat(ask(FUSE_CREATE, ROOT_ID, 1, 0644, 0, 0, "x").error()).isEqualTo(erofs);
    assertThat(ask(FUSE_UNLINK, ROOT_ID, "file").error()).isEqualTo(erofs);
    assertThat(ask(FUSE_SETATTR, file, 8, 0, 0L, 0L, 0L, 0L, 0L, 0L, 0, 0, 0, 0, 0, 0, 0, 0).error()).isEqualTo(erofs);
    well(FUSE_OPEN, file, 0, 0);
    assertThat(Files.readString(root.resolve("file"))).isEqualTo("contents");
  }

  @Test
  void noSnapshotIsTakenOfAMountedFileSystem() throws Exception {
    driver.transport.pause();
    assertThatThrownBy(driver.transport::save).hasMessage("no snapshot while the guest has the file system \"tag\" mounted");
    driver.transport.resume();
    well(FUSE_DESTROY, 0);
    driver.transport.pause();
    assertThat(driver.transport.save().handler()).isEmpty();
  }

  /** Random requests of every kind are answered, change nothing outside, and leave a server that works. */
  @Test
  void anyRequestsAreAnswered() throws Exception {
    Random random = new Random(11);
    String[] names = {"file", "link", "a", "b", "..", "x/y", "", "../secret", "\u00e4", "n".repeat(300)};
    for (int round = 0; round < 8_000; round++) {
      int opcode = random.nextInt(54);
      if (opcode == FUSE_FORGET || opcode == FUSE_BATCH_FORGET || opcode == FUSE_INTERRUPT || opcode == FUSE_SYNCFS) {
        continue; // without an answer, or of the whole file system of the machine
      }
      Object[] arguments = new Object[random.nextInt(10)];
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] =
            switch (random.nextInt(5)) {
              case 0 -> random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(8);
              case 1, 2 -> random.nextInt(4) == 0 ? random.nextLong() : (long) random.nextInt(12);
              case 3 -> names[random.nextInt(names.length)];
              default -> new byte[random.nextInt(64)];
            };
      }
      ask(opcode, random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(12), arguments);
    }
    init();
    assertThat(Files.readString(directory.resolve("secret"))).isEqualTo("not yours");
    try (var entries = Files.list(directory)) {
      assertThat(entries.map(p -> p.getFileName().toString())).containsExactlyInAnyOrder("root", "secret");
    }
    well(FUSE_CREATE, ROOT_ID, 2, 0644, 0, 0, "still works");
  }
}
