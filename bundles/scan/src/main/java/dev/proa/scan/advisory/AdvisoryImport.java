package dev.proa.scan.advisory;

import dev.proa.scan.inventory.LimitedStream;
import dev.proa.scan.inventory.Notice;
import dev.proa.spi.ProaException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Puts advisories into the database: those of an archive replace what is there under the same ids, others stay. An archive that breaks off leaves nothing of
 * itself behind; an advisory that cannot be read is left out alone. Memory does not grow with what is imported.
 */
public final class AdvisoryImport implements AutoCloseable {
  private static final int MAX_DOCUMENT = 32 << 20;
  private static final int MAX_NOTICES = 50;
  private static final int MAX_ADVISORIES = 20_000_000;

  private final Path file;
  private final FileChannel lockFile;
  private final FileLock lock;
  private final SortedRuns runs;
  private final Ids ids = new Ids();
  private final Map<String, String> sources = new TreeMap<>();
  private final Set<String> passedOver = new TreeSet<>();
  private final List<Notice> notices = new ArrayList<>();
  private long imported;
  private long withdrawn;
  private long skipped;
  private int archives;
  private int brokenArchives;

  /**
   * @param folder of the database, made if needed
   * @throws ProaException {@code CONFLICT} if another import works there
   */
  public AdvisoryImport(Path folder) throws IOException {
    Files.createDirectories(folder);
    file = file(folder);
    lockFile = FileChannel.open(folder.resolve("import.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      lock = lock();
    } catch (IOException | RuntimeException e) {
      lockFile.close();
      throw e;
    }
    removeLeftovers(folder);
    runs = new SortedRuns(folder);
  }

  public static Path file(Path folder) {
    return folder.resolve("advisories.db");
  }

  private FileLock lock() throws IOException {
    FileLock mine;
    try {
      mine = lockFile.tryLock();
    } catch (OverlappingFileLockException e) {
      mine = null;
    }
    if (mine == null) {
      throw ProaException.conflict("advisories are being imported already: wait for that to end");
    }
    return mine;
  }

  /** Of an import that was killed. */
  private static void removeLeftovers(Path folder) throws IOException {
    try (var files = Files.newDirectoryStream(folder, "*.tmp")) {
      for (Path each : files) {
        Files.deleteIfExists(each);
      }
    }
  }

  /**
   * What came of it.
   *
   * @param advisories that were taken
   * @param skipped that could not be read
   * @param brokenArchives of which nothing was taken
   * @param passedOver ecosystems that nobody looks for here
   */
  public record Result(
      Metadata metadata, long advisories, long withdrawn, long skipped, int archives, int brokenArchives, Set<String> passedOver, List<Notice> notices) {}

  /** Reads one archive of advisories, or of such archives, or a single advisory; not closed. */
  public void add(InputStream stream, String name) throws IOException {
    BufferedInputStream in = new BufferedInputStream(stream, 64 << 10);
    in.mark(4);
    byte[] magic = in.readNBytes(4);
    in.reset();
    if (magic.length == 4 && magic[0] == 'P' && magic[1] == 'K') {
      archive(in, name, 0);
    } else if (magic.length > 0 && (magic[0] == '{' || Character.isWhitespace(magic[0]))) {
      document(in, name, name);
    } else {
      skipArchive(name, magic.length == 0 ? "it is empty" : "neither a zip archive nor an advisory in JSON");
    }
  }

  private void archive(InputStream in, String name, int depth) throws IOException {
    int mark = runs.mark();
    int idMark = ids.count;
    long importedBefore = imported;
    long withdrawnBefore = withdrawn;
    long inside = 0;
    archives++;
    try {
      // not closed: the stream is the caller's
      @SuppressWarnings("resource")
      ZipTail tail = new ZipTail(in);
      @SuppressWarnings("resource")
      ZipInputStream zip = new ZipInputStream(tail);
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedIOException("the import was canceled");
        }
        inside++;
        String where = name.isEmpty() ? entry.getName() : name + "!/" + entry.getName();
        if (entry.getName().endsWith(".json")) {
          document(zip, where, name.isEmpty() ? entry.getName() : name);
        } else if (entry.getName().endsWith(".zip") && depth == 0) {
          // A broken one inside says so itself; the one around it goes on.
          archive(zip, entry.getName(), 1);
          mark = runs.mark();
          idMark = ids.count;
          importedBefore = imported;
          withdrawnBefore = withdrawn;
        }
      }
      tail.check(inside);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      runs.backTo(mark);
      ids.count = idMark;
      imported = importedBefore;
      withdrawn = withdrawnBefore;
      archives--;
      skipArchive(name, "broken or truncated after " + inside + " files, nothing of it is taken: " + e.getMessage());
    }
  }

  private void skipArchive(String name, String why) {
    brokenArchives++;
    notices.add(new Notice(name, why));
  }

  /** An advisory. What is wrong with its text is its own; what is wrong with the archive is thrown. */
  private void document(InputStream in, String where, String source) throws IOException {
    byte[] json;
    if (ids.count >= MAX_ADVISORIES) {
      throw new IOException("more than " + MAX_ADVISORIES + " advisories");
    }
    // To its end in any case: only then does the archive check it.
    json = in.readNBytes(MAX_DOCUMENT);
    if (json.length == MAX_DOCUMENT) {
      new LimitedStream(in, 8L * MAX_DOCUMENT).transferTo(java.io.OutputStream.nullOutputStream());
      skip(where, "longer than the " + MAX_DOCUMENT + " bytes that are read of an advisory");
      return;
    }
    try {
      OsvDocument document = OsvDocument.parse(json);
      long id = Entry.hashOf(document.id());
      if (document.withdrawn()) {
        withdrawn++;
      } else {
        int sequence = 0;
        for (OsvDocument.Affected each : document.affected(passedOver)) {
          String key = Entry.keyOf(each.ecosystem(), each.name());
          runs.add(new Entry(Entry.hashOf(key), key, id, sequence++, each.advisory().modifiedSeconds(), AdvisoryFormat.write(each.advisory())));
          sources.put(each.ecosystem(), source);
        }
        imported++;
      }
      ids.add(id);
    } catch (IOException | StackOverflowError e) {
      skip(where, e instanceof StackOverflowError ? "nested too deep" : String.valueOf(e.getMessage()));
    }
  }

  private void skip(String where, String why) {
    skipped++;
    if (notices.size() < MAX_NOTICES) {
      notices.add(new Notice(where, why));
    }
  }

  /**
   * Writes the new database, unless nothing could be read.
   *
   * @param source what the user called it
   * @throws ProaException {@code INVALID_ARGUMENT} if there was no advisory at all
   */
  public Result finish(String source) throws IOException {
    if (ids.count == 0) {
      String why = notices.isEmpty() ? "no advisory was found in it" : notices.getFirst().where() + ": " + notices.getFirst().text();
      throw ProaException.invalid("nothing was imported from " + source + ", the database is as it was: " + why);
    }
    ids.sort();
    try (DatabaseWriter writer = new DatabaseWriter(file);
        Closing former = new Closing(former())) {
      Metadata before = former.database().map(AdvisoryDatabase::metadata).orElse(Metadata.EMPTY);
      SortedMap<String, long[]> counts = merge(writer, former.database());
      Instant now = Instant.now();
      SortedMap<String, Metadata.Content> contents = new TreeMap<>();
      counts.forEach(
          (ecosystem, count) -> {
            Metadata.Content old = before.ecosystems().get(ecosystem);
            boolean renewed = old == null || sources.containsKey(ecosystem);
            contents.put(
                ecosystem,
                new Metadata.Content(
                    count[0],
                    renewed ? now : old.imported(),
                    renewed ? new Notice(source, "").where() : old.source(),
                    Instant.ofEpochSecond(count[1])));
          });
      Metadata metadata = new Metadata(before.generation() + 1, now, contents);
      writer.finish(metadata);
      return new Result(metadata, imported, withdrawn, skipped, archives, brokenArchives, passedOver, notices);
    } catch (java.io.UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private record Closing(Optional<AdvisoryDatabase> database) implements AutoCloseable {
    @Override
    public void close() {
      database.ifPresent(AdvisoryDatabase::close);
    }
  }

  /** A damaged one is left for what it is: the import is how it gets well. */
  private Optional<AdvisoryDatabase> former() {
    try {
      return AdvisoryDatabase.open(file);
    } catch (ProaException e) {
      notices.add(new Notice(file.toString(), "the former database cannot be read, what was imported before is lost"));
      return Optional.empty();
    }
  }

  /** @return entries and the time of the newest change, by ecosystem */
  private SortedMap<String, long[]> merge(DatabaseWriter writer, Optional<AdvisoryDatabase> former) throws IOException {
    PriorityQueue<Head> heads = new PriorityQueue<>(Comparator.comparing(Head::entry, Entry.ORDER));
    for (Iterator<Entry> run : runs.read()) {
      advance(heads, run);
    }
    former.ifPresent(database -> advance(heads, new Kept(database, ids)));
    SortedMap<String, long[]> counts = new TreeMap<>();
    Entry last = null;
    while (!heads.isEmpty()) {
      Head head = heads.poll();
      Entry entry = head.entry();
      // The same advisory comes in the archive of each ecosystem that it is about.
      if (last == null || !last.same(entry)) {
        writer.add(entry);
        long[] count = counts.computeIfAbsent(entry.ecosystem(), unknown -> new long[2]);
        count[0]++;
        count[1] = Math.max(count[1], entry.modifiedSeconds());
      }
      last = entry;
      advance(heads, head.rest());
    }
    return counts;
  }

  private record Head(Entry entry, Iterator<Entry> rest) {}

  private static void advance(PriorityQueue<Head> heads, Iterator<Entry> rest) {
    if (rest.hasNext()) {
      heads.add(new Head(rest.next(), rest));
    }
  }

  /** What stays of the former database. */
  private static final class Kept implements Iterator<Entry> {
    private final AdvisoryDatabase database;
    private final Ids replaced;
    private Iterator<Entry> block = List.<Entry>of().iterator();
    private long next;

    Kept(AdvisoryDatabase database, Ids replaced) {
      this.database = database;
      this.replaced = replaced;
    }

    @Override
    public boolean hasNext() {
      while (!block.hasNext() && next < database.blocks()) {
        try {
          block = database.block(next++).stream().filter(entry -> !replaced.contains(entry.idHash())).iterator();
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(new IOException("the former database is damaged: " + e.getMessage(), e));
        }
      }
      return block.hasNext();
    }

    @Override
    public Entry next() {
      if (!hasNext()) {
        throw new java.util.NoSuchElementException();
      }
      return block.next();
    }
  }

  /** Hashes of ids, eight bytes each. */
  private static final class Ids {
    private long[] hashes = new long[1024];
    int count;

    void add(long hash) {
      if (count == hashes.length) {
        hashes = java.util.Arrays.copyOf(hashes, count * 2);
      }
      hashes[count++] = hash;
    }

    void sort() {
      java.util.Arrays.sort(hashes, 0, count);
    }

    boolean contains(long hash) {
      return java.util.Arrays.binarySearch(hashes, 0, count, hash) >= 0;
    }
  }

  @Override
  public void close() throws IOException {
    try (FileChannel channel = lockFile;
        FileLock mine = lock) {
      runs.close();
    }
  }
}
