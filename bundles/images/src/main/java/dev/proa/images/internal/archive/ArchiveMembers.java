package dev.proa.images.internal.archive;

import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.DiskFailure;
import dev.proa.images.internal.content.Ingest;
import dev.proa.images.Decompression;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members of an image archive, read in one pass: files go to the content store's ingest as they come, whatever they may turn out to
 * be, and only names, sizes and digests stay in memory. Nothing is ever opened by a name of the archive, so no name or link in it can mean
 * anything outside it. What is not committed in the end is gone when this is closed.
 */
final class ArchiveMembers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveMembers.class);
  private static final int MAX_MEMBERS = 1 << 16;
  private static final int MAX_LINKS = 16;

  private final Map<String, Member> members = new HashMap<>();

  sealed interface Member {}

  /** A file. */
  record Spooled(Ingest ingest, Digest digest, long size) implements Member {
    InputStream open() throws IOException {
      return ingest.reopen();
    }
  }

  /** A link, its target from the archive's root. */
  private record Link(String target) implements Member {}

  /** Reads an archive to its end. */
  static ArchiveMembers read(InputStream archive, ContentStore content) {
    ArchiveMembers members = new ArchiveMembers();
    boolean complete = false;
    try {
      members.readAll(archive, content);
      complete = true;
      return members;
    } catch (IOException e) {
      throw new ProaException(ErrorClass.INVALID_ARGUMENT, "invalid archive: " + reason(e), e);
    } finally {
      if (!complete) {
        members.close();
      }
    }
  }

  private static String reason(IOException e) {
    return e instanceof java.io.EOFException ? "unexpected EOF" : String.valueOf(e.getMessage());
  }

  private void readAll(InputStream archive, ContentStore content) throws IOException {
    InputStream plain = Decompression.of(archive);
    TarArchiveInputStream tar = new TarArchiveInputStream(plain, "UTF-8");
    TarArchiveEntry entry;
    boolean any = false;
    try {
      while ((entry = tar.getNextEntry()) != null) {
        any = true;
        if (!tar.canReadEntryData(entry)) {
          throw ProaException.invalid("invalid archive: entry " + quote(entry.getName()) + " is stored in a way that is not known");
        }
        add(entry, tar, content);
      }
    } catch (IllegalArgumentException e) {
      // Commons Compress throws these for header fields that are no numbers.
      throw new IOException("invalid tar header: " + e.getMessage(), e);
    }
    if (!any && tar.getBytesRead() == 0) {
      throw ProaException.invalid("invalid archive: unexpected EOF: it is empty");
    }
    // A compressed stream is whole only if its end is.
    plain.transferTo(java.io.OutputStream.nullOutputStream());
  }

  private void add(TarArchiveEntry entry, InputStream data, ContentStore content) throws IOException {
    if (entry.isDirectory()) {
      return;
    }
    String name = entryName(entry.getName());
    if (members.size() >= MAX_MEMBERS) {
      throw ProaException.invalid("invalid archive: more than " + MAX_MEMBERS + " members");
    }
    if (entry.isSymbolicLink()) {
      int slash = name.lastIndexOf('/');
      String target = entry.getLinkName();
      put(name, new Link(scoped(target.startsWith("/") || slash < 0 ? target : name.substring(0, slash + 1) + target)));
    } else if (entry.isLink()) {
      put(name, new Link(scoped(entry.getLinkName())));
    } else if (entry.isFile()) {
      put(name, spool(data, content));
    }
    // Devices, pipes and what else a tar may hold are nothing an image is made of.
  }

  private static Spooled spool(InputStream data, ContentStore content) throws IOException {
    Ingest ingest = content.begin();
    boolean complete = false;
    try {
      byte[] buffer = new byte[128 << 10];
      for (int count = data.read(buffer); count >= 0; count = data.read(buffer)) {
        write(ingest, buffer, count);
        if (Thread.currentThread().isInterrupted()) {
          throw ProaException.unavailable("loading was canceled", null);
        }
      }
      Spooled spooled = new Spooled(ingest, ingest.seal(), ingest.written());
      complete = true;
      return spooled;
    } finally {
      if (!complete) {
        ingest.close();
      }
    }
  }

  private static void write(Ingest ingest, byte[] buffer, int count) {
    try {
      ingest.write(buffer, 0, count);
    } catch (IOException e) {
      throw DiskFailure.of("cannot store a member of the archive", e);
    }
  }

  private void put(String name, Member member) throws IOException {
    if (members.put(name, member) instanceof Spooled replaced) {
      replaced.ingest().close();
    }
  }

  /** The file of that name, through links; names and links never lead out of the archive. */
  Optional<Spooled> find(String name) {
    String at = scoped(name);
    for (int hops = 0; hops < MAX_LINKS; hops++) {
      switch (members.get(at)) {
        case Spooled file -> {
          return Optional.of(file);
        }
        case Link link -> at = link.target();
        case null -> {
          return Optional.empty();
        }
      }
    }
    throw ProaException.invalid("invalid archive: open " + quote(name) + ": too many levels of symbolic links");
  }

  /** The same, for one that must be there. */
  Spooled get(String name) {
    return find(name).orElseThrow(() -> ProaException.invalid("invalid archive: open " + quote(name) + ": no such file or directory"));
  }

  /** A small member whole. */
  byte[] bytes(String name, int limit) {
    Spooled file = get(name);
    if (file.size() > limit) {
      throw ProaException.invalid("invalid archive: " + quote(name) + " is larger than " + limit + " bytes");
    }
    try (InputStream in = file.open()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw DiskFailure.of("cannot read back " + quote(name), e);
    }
  }

  private static String entryName(String name) {
    if (List.of(name.split("/")).contains("..")) {
      throw ProaException.invalid("invalid archive: entry " + quote(name) + " leaves the archive");
    }
    return scoped(name);
  }

  /** A name brought to one form; ".." at the root stays there. */
  private static String scoped(String name) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : name.split("/")) {
      switch (part) {
        case "", "." -> {}
        case ".." -> parts.pollLast();
        default -> parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }

  private static String quote(String name) {
    return "\"" + (name.length() > 200 ? name.substring(0, 200) + "…" : name) + "\"";
  }

  @Override
  public void close() {
    for (Member member : members.values()) {
      if (member instanceof Spooled file) {
        try {
          file.ingest().close();
        } catch (IOException e) {
          LOG.warn("a temporary file of a load stays until the next start: {}", e.getMessage());
        }
      }
    }
    members.clear();
  }
}
