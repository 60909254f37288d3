package dev.proa.plugins.internal;

import dev.proa.plugins.Settings;
import dev.proa.plugins.internal.Schemas.Schema;
import dev.proa.spi.ProaException;
import dev.proa.spi.SettingsCheck;
import dev.proa.store.StateStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The files of {@code data-root/conf}, and what of them counts. A file is looked at when it changes and when the bundle whose settings it has is about to
 * start; what passes goes to Configuration Admin and, as the last that was good, into the state store: a file that is broken by hand, even while no
 * daemon is there, takes nothing away.
 */
final class SettingsHost implements Settings, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SettingsHost.class);
  private static final String KIND = "settings";
  private static final String SUFFIX = ".json";
  private static final long LARGEST_FILE = 1 << 20;
  private static final Duration QUIET = Duration.ofMillis(250);
  private static final Pattern PID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");
  private static final ObjectMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final BundleContext context;
  private final ConfigurationAdmin admin;
  private final StateStore store;
  private final Path folder;
  private final Schemas schemas;
  private final SynchronousBundleListener starting = this::changed;
  private final Listeners<Change> listeners = new Listeners<>();

  /** Held by whoever changes something. */
  private final ReentrantLock changing = new ReentrantLock();

  /** What counts, by group. */
  private final Map<String, Map<String, List<String>>> values = new ConcurrentHashMap<>();

  /** Why a group's file does not. */
  private final Map<String, String> problems = new ConcurrentHashMap<>();

  /** What was in a file when it was last judged. Guarded by changing. */
  private final Map<String, String> judged = new HashMap<>();

  private @Nullable FolderWatch watch;

  SettingsHost(BundleContext context, ConfigurationAdmin admin, StateStore store, Path folder) {
    this.context = context;
    this.admin = admin;
    this.store = store;
    this.folder = folder;
    this.schemas = new Schemas(context);
  }

  /** Settings are there before this returns; those of bundles to come, before these start. */
  void start() throws IOException {
    Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    context.addBundleListener(starting);
    pass();
    FolderWatch started = FolderWatch.start(List.of(folder), QUIET, this::pass);
    synchronized (this) {
      watch = started;
    }
  }

  private void changed(BundleEvent event) {
    if (event.getType() == BundleEvent.RESOLVED && Schemas.has(event.getBundle())) {
      applyTo(event.getBundle());
    }
  }

  /** Before it starts: what its settings are now, as its own metadata says. */
  private void applyTo(Bundle bundle) {
    changing.lock();
    try {
      if (values.isEmpty() && files().isEmpty() && store.all(KIND).isEmpty()) {
        return; // nobody has set anything: reading metadata would only make starts slower
      }
      schemas.of(bundle).values().forEach(schema -> judge(schema, true));
    } finally {
      changing.unlock();
    }
  }

  /** One look at all files. */
  void pass() {
    changing.lock();
    try {
      Set<String> wanted = new TreeSet<>(judged.keySet());
      wanted.addAll(files());
      wanted.addAll(store.all(KIND).keySet());
      if (wanted.isEmpty()) {
        return;
      }
      Map<String, Schema> all = schemas.all();
      for (String pid : wanted) {
        Schema schema = all.get(pid);
        if (schema != null) {
          judge(schema, false);
        }
      }
    } finally {
      changing.unlock();
    }
  }

  private List<String> files() {
    List<String> pids = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        pids.add(name.substring(0, name.length() - SUFFIX.length()));
      }
    } catch (IOException e) {
      LOG.warn("cannot look for settings in {}: {}", folder, e.toString());
    }
    return pids;
  }

  /** @param again even if the file is as it was: other metadata may judge it otherwise */
  private void judge(Schema schema, boolean again) {
    String pid = schema.pid();
    String text;
    try {
      text = read(pid);
    } catch (IOException e) {
      refuse(schema, "cannot read it: " + e.getMessage());
      return;
    }
    if (text.equals(judged.get(pid)) && !again) {
      return;
    }
    judged.put(pid, text);
    Map<String, List<String>> texts;
    try {
      texts = parse(text);
      check(schema, Values.typed(schema, texts));
    } catch (ProaException e) {
      refuse(schema, String.valueOf(e.getMessage()));
      return;
    }
    accept(schema, texts);
  }

  /** Empty if there is none. */
  private String read(String pid) throws IOException {
    Path file = folder.resolve(pid + SUFFIX);
    if (!Files.exists(file)) {
      return "";
    }
    if (Files.size(file) > LARGEST_FILE) {
      throw new IOException("it is larger than " + LARGEST_FILE + " bytes");
    }
    return Files.readString(file);
  }

  private static Map<String, List<String>> parse(String text) {
    if (text.isEmpty()) {
      return Map.of();
    }
    try {
      Map<String, Object> json = JSON.readValue(text, new tools.jackson.core.type.TypeReference<LinkedHashMap<String, Object>>() {});
      if (json == null || json.containsValue(null)) {
        throw ProaException.invalid("it is no object with values: leave a key out to take its default");
      }
      return Values.texts(json);
    } catch (JacksonException e) {
      throw ProaException.invalid("it is no JSON object: " + e.getOriginalMessage() + " (line " + (e.getLocation() == null ? 1 : e.getLocation().getLineNr()) + ")");
    }
  }

  private void check(Schema schema, Map<String, Object> typed) {
    try {
      for (ServiceReference<SettingsCheck> reference : context.getServiceReferences(SettingsCheck.class, "(" + SettingsCheck.PID + "=" + schema.pid() + ")")) {
        SettingsCheck check = context.getService(reference);
        try {
          if (check != null) {
            check.check(Map.copyOf(typed));
          }
        } finally {
          context.ungetService(reference);
        }
      }
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    } catch (ProaException e) {
      throw ProaException.invalid(schema.pid() + ": " + e.getMessage());
    } catch (RuntimeException | LinkageError e) {
      throw ProaException.invalid(schema.pid() + ": " + Border.text(e));
    }
  }

  /** The file does not count; what was good last does. */
  private void refuse(Schema schema, String why) {
    String pid = schema.pid();
    String text = folder.resolve(pid + SUFFIX) + " does not count: " + why;
    if (!values.containsKey(pid)) {
      try {
        Map<String, List<String>> last = store.get(KIND, pid).map(bytes -> parse(new String(bytes, StandardCharsets.UTF_8))).orElse(Map.of());
        deliver(schema, last);
      } catch (ProaException e) {
        deliver(schema, Map.of()); // what was good for an older version is not for this one
      }
    }
    if (!text.equals(problems.put(pid, text))) {
      LOG.warn("settings {}: {}; the former ones stay", pid, text);
      listeners.tell(new Change(pid, List.of(), text));
    }
  }

  private void accept(Schema schema, Map<String, List<String>> texts) {
    String pid = schema.pid();
    Map<String, List<String>> before = values.getOrDefault(pid, Map.of());
    boolean known = values.containsKey(pid);
    Set<String> keys = new TreeSet<>(before.keySet());
    keys.addAll(texts.keySet());
    keys.removeIf(key -> Objects.equals(before.get(key), texts.get(key)));
    problems.remove(pid);
    if (known && keys.isEmpty()) {
      return;
    }
    byte[] body = JSON.writeValueAsBytes(Values.json(schema, texts));
    if (texts.isEmpty() ? store.get(KIND, pid).isPresent() : !store.get(KIND, pid).map(last -> java.util.Arrays.equals(last, body)).orElse(false)) {
      store.write(
          transaction -> {
            if (texts.isEmpty()) {
              transaction.delete(KIND, pid);
            } else {
              transaction.put(KIND, pid, body);
            }
          });
    }
    deliver(schema, texts);
    if (known) {
      LOG.info("settings {}: {} changed", pid, String.join(", ", keys));
      listeners.tell(new Change(pid, List.copyOf(keys), null));
    }
  }

  private void deliver(Schema schema, Map<String, List<String>> texts) {
    Hashtable<String, Object> typed = Values.typed(schema, texts);
    values.put(schema.pid(), Map.copyOf(texts));
    try {
      Configuration configuration = admin.getConfiguration(schema.pid(), "?");
      configuration.updateIfDifferent(typed);
    } catch (IOException e) {
      throw ProaException.internal("cannot hand over the settings " + schema.pid() + ": " + e, e);
    }
  }

  // ---- asking and changing

  @Override
  public List<Group> list() {
    return schemas.all().values().stream().map(this::group).toList();
  }

  @Override
  public Group get(String pid) {
    return group(schema(pid));
  }

  private Schema schema(String pid) {
    Map<String, Schema> all = new TreeMap<>(schemas.all());
    Schema schema = all.get(pid);
    if (schema == null) {
      throw ProaException.notFound("no settings \"" + pid + "\": known are " + (all.isEmpty() ? "none" : String.join(", ", all.keySet())));
    }
    return schema;
  }

  private Group group(Schema schema) {
    Map<String, List<String>> set = values.getOrDefault(schema.pid(), Map.of());
    List<Setting> settings = schema.attributes().stream().map(each -> Values.shown(each, set.get(each.definition().getID()))).toList();
    return new Group(schema.pid(), schema.name(), schema.description(), schema.bundle(), settings, problems.get(schema.pid()));
  }

  /** Why files do not count that have settings of a bundle. */
  List<String> problems(String symbolicName) {
    return problems.isEmpty() ? List.of() : schemas.all().values().stream().filter(schema -> schema.bundle().equals(symbolicName)).flatMap(schema -> java.util.stream.Stream.ofNullable(problems.get(schema.pid()))).toList();
  }

  @Override
  public Group set(String pid, Map<String, List<String>> changes) {
    if (!PID.matcher(pid).matches()) {
      throw ProaException.invalid("\"" + pid + "\" is no name of settings");
    }
    changing.lock();
    try {
      Schema schema = schema(pid);
      Map<String, List<String>> texts = new LinkedHashMap<>(values.getOrDefault(pid, Map.of()));
      changes.forEach(
          (key, value) -> {
            if (schema.attribute(key) == null) {
              throw ProaException.invalid(pid + " has no setting \"" + key + "\": known are " + String.join(", ", schema.keys()));
            }
            if (value.isEmpty()) {
              texts.remove(key);
            } else {
              texts.put(key, List.copyOf(value));
            }
          });
      check(schema, Values.typed(schema, texts));
      values.putIfAbsent(pid, Map.of());
      String written = texts.isEmpty() ? "" : JSON.writeValueAsString(Values.json(schema, texts)) + "\n";
      write(pid, written);
      judged.put(pid, written);
      accept(schema, texts);
      return group(schema);
    } finally {
      changing.unlock();
    }
  }

  private void write(String pid, String text) {
    Path file = folder.resolve(pid + SUFFIX);
    Path part = folder.resolve(pid + ".part");
    try {
      if (text.isEmpty()) {
        Files.deleteIfExists(file);
      } else {
        try (FileChannel out =
            FileChannel.open(
                part,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
          ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
          while (bytes.hasRemaining()) {
            out.write(bytes);
          }
          out.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw ProaException.internal("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public List<String> problems() {
    return problems.values().stream().sorted().toList();
  }

  @Override
  public AutoCloseable listen(Consumer<Change> listener) {
    return listeners.add(listener);
  }

  @Override
  public void close() {
    context.removeBundleListener(starting);
    FolderWatch started;
    synchronized (this) {
      started = watch;
    }
    if (started != null) {
      started.close();
    }
  }
}
