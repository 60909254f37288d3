package dev.proa.images.internal.content;

import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * Blobs by their digest: {@code blobs/sha256/HEX}, as they came. A blob comes in through an {@link Ingest}, is hashed on the way and
 * appears under its name only once it is whole and on the disk; what an earlier process left unfinished is swept when the store is opened.
 */
public final class ContentStore {
  private final Path blobs;
  private final Path ingests;

  /** Opens the store in a folder, which is made if needed. */
  public ContentStore(Path root) {
    blobs = root.resolve("blobs").resolve("sha256");
    ingests = root.resolve("ingest");
    try {
      var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
      Files.createDirectories(root, mode);
      Files.createDirectories(blobs, mode);
      Files.createDirectories(ingests, mode);
      try (DirectoryStream<Path> left = Files.newDirectoryStream(ingests)) {
        for (Path file : left) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw DiskFailure.of("cannot open the content store " + root, e);
    }
  }

  /** Begins to take in a blob. */
  public Ingest begin() {
    return new Ingest(this, ingests);
  }

  /** Takes in a small blob. */
  public Digest put(byte[] content) {
    Digest digest = Digest.of(content);
    if (!has(digest)) {
      try (Ingest ingest = begin()) {
        ingest.write(content, 0, content.length);
        ingest.verify(digest, content.length);
        ingest.commit();
      } catch (IOException e) {
        throw DiskFailure.of("cannot store " + digest, e);
      }
    }
    return digest;
  }

  public boolean has(Digest digest) {
    return Files.isRegularFile(path(digest));
  }

  /** Bytes of a blob; -1 if it is not there. */
  public long size(Digest digest) {
    try {
      return Files.size(path(digest));
    } catch (NoSuchFileException e) {
      return -1;
    } catch (IOException e) {
      throw DiskFailure.of("cannot read the blob " + path(digest), e);
    }
  }

  /** @throws ProaException {@code DATA_LOSS} if it is not there */
  public InputStream open(Digest digest) {
    try {
      return Files.newInputStream(path(digest));
    } catch (NoSuchFileException e) {
      throw ProaException.dataLoss("the content store lacks " + path(digest) + "; pull or load the image again");
    } catch (IOException e) {
      throw DiskFailure.of("cannot read the blob " + path(digest), e);
    }
  }

  /** A blob from an offset on. */
  public InputStream open(Digest digest, long offset) throws IOException {
    InputStream in = open(digest);
    try {
      in.skipNBytes(offset);
      return in;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  /** A small blob whole. */
  public byte[] read(Digest digest, int limit) {
    try (InputStream in = open(digest)) {
      byte[] content = in.readNBytes(limit + 1);
      if (content.length > limit) {
        throw ProaException.dataLoss("blob " + path(digest) + " is larger than " + limit + " bytes");
      }
      return content;
    } catch (IOException e) {
      throw DiskFailure.of("cannot read the blob " + path(digest), e);
    }
  }

  /** @return its size; 0 if it was not there */
  public long remove(Digest digest) {
    try {
      long size = Math.max(size(digest), 0);
      Files.deleteIfExists(path(digest));
      return size;
    } catch (IOException e) {
      throw DiskFailure.of("cannot remove the blob " + path(digest), e);
    }
  }

  /** All blobs. Files with other names are none of ours and are left alone. */
  public List<Digest> list() {
    List<Digest> digests = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(blobs, "[0-9a-f]*")) {
      for (Path file : files) {
        if (file.getFileName().toString().matches("[0-9a-f]{64}")) {
          digests.add(Digest.ofHex(file.getFileName().toString()));
        }
      }
    } catch (IOException e) {
      throw DiskFailure.of("cannot list " + blobs, e);
    }
    return digests;
  }

  Path path(Digest digest) {
    return blobs.resolve(digest.hex());
  }

  void publish(Path finished, Digest digest) throws IOException {
    Files.move(finished, path(digest), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel folder = FileChannel.open(blobs, StandardOpenOption.READ)) {
      folder.force(true);
    }
  }
}
