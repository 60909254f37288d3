package dev.proa.plugins.internal;

import dev.proa.plugins.Plugins.Change;
import dev.proa.plugins.internal.PluginRecords.ContentRow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** All that a jar has to pass before it is started in the daemon: quarantine, signature, what it imports, probation. */
final class Gatekeeper {
  private final PluginRecords records;
  private final Admission admission;
  private final Trust trust;
  private final Probation probation;
  private final Markers markers;

  Gatekeeper(PluginRecords records, Admission admission, Trust trust, Probation probation, Markers markers) {
    this.records = records;
    this.admission = admission;
    this.trust = trust;
    this.probation = probation;
    this.markers = markers;
  }

  /** How much is asked. */
  enum Rules {
    /** Came with the installation, when the daemon starts: nothing. */
    SHIPPED,
    /** Came into the installation while the daemon runs. */
    PROBATION_ALONE,
    /** From anywhere else. */
    ALL,
    /** As {@link #ALL}, for an update that cannot wait for probation. */
    URGENT
  }

  /**
   * What passed.
   *
   * @param id hash of the jar; empty for one that is shipped
   * @param signer null if nobody looked or nobody trusted signed it
   */
  record Passed(String id, @Nullable String signer, List<String> warnings) {
    Passed {
      warnings = List.copyOf(warnings);
    }

    boolean shipped() {
      return id.isEmpty();
    }
  }

  /** Judges what the last daemon left; tells of what is in quarantine for that. */
  void start(Consumer<Change> changes) {
    for (String plugin : markers.judge()) {
      String[] words = plugin.split(" ", 2);
      changes.accept(new Change("quarantine", words[0], words.length > 1 ? words[1] : "", "the daemon ended without a word just after its start"));
    }
  }

  Passed pass(PluginJar jar, Rules rules, Consumer<String> progress) throws PluginFailure {
    if (rules == Rules.SHIPPED) {
      return new Passed("", null, List.of());
    }
    String id;
    try {
      id = JarContent.sha256(jar.file());
    } catch (IOException e) {
      throw new PluginFailure("cannot read it: " + e.getMessage());
    }
    ContentRow known = records.content(id);
    if (known.quarantine() != null) {
      throw new PluginFailure(known.quarantine());
    }
    List<String> warnings = new ArrayList<>();
    String signer = null;
    if (rules != Rules.PROBATION_ALONE) {
      Trust.Verdict verdict = trust.verify(jar.file(), signature(jar.file()));
      signer = verdict.signer();
      warnings.addAll(verdict.warnings());
      admission.check(jar.file(), jar.symbolicName() + " " + jar.version());
    }
    if (!known.proven() && rules != Rules.URGENT) {
      progress.accept("Trying " + jar.symbolicName() + " " + jar.version() + " in a JVM of its own");
      warnings.addAll(probation.examine(jar.file()));
    }
    return new Passed(id, signer, warnings);
  }

  /** Lies beside the jar. */
  private static Path signature(Path jar) {
    return jar.resolveSibling(jar.getFileName() + ".sig");
  }

  void starting(PluginJar jar, Passed passed) throws PluginFailure {
    if (!passed.shipped()) {
      markers.begin(passed.id(), jar.symbolicName() + " " + jar.version());
    }
  }

  void settled(Passed passed) {
    if (!passed.shipped()) {
      markers.settle(passed.id());
    }
  }

  void failed(Passed passed) {
    if (!passed.shipped()) {
      markers.clear(passed.id());
    }
  }

  /** The operator wants it tried again. */
  void pardon(String id) {
    ContentRow row = records.content(id);
    if (row.quarantine() != null) {
      records.content(id, new ContentRow(row.proven(), 0, null));
    }
  }

  /** It ended the daemon. */
  void quarantine(String id, String reason) {
    ContentRow row = records.content(id);
    records.content(id, new ContentRow(row.proven(), row.strikes() + 1, reason));
  }
}
