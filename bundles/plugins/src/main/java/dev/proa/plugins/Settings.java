package dev.proa.plugins;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Settings that can be changed while the daemon works: the engine's and those of plugins. A group has a name (its PID), metadata that its bundle carries
 * (OSGi Metatype), and one file, {@code data-root/conf/PID.json}, which may be edited by hand as well. Whoever has settings gets them by OSGi's
 * Configuration Admin, at once. A value that is refused changes nothing: what counted before counts on, and the reason is told.
 */
@ProviderType
public interface Settings {
  /** All groups, by name. */
  List<Group> list();

  /** {@code NOT_FOUND} with the names that there are. */
  Group get(String pid);

  /**
   * Changes values, all or none, and returns once they are on the disk and those who want them have been told.
   *
   * @param changes new values by key, as text; an empty list takes the default again
   * @throws dev.proa.spi.ProaException {@code INVALID_ARGUMENT} with the reason
   */
  Group set(String pid, Map<String, List<String>> changes);

  /** Why files do not count, a sentence each. */
  List<String> problems();

  /** Tells of changes from now on, of refused ones too. */
  AutoCloseable listen(Consumer<Change> listener);

  /**
   * @param bundle the symbolic name of who has them
   * @param problem why what stands in the file does not count, else null
   */
  record Group(String pid, String name, String description, String bundle, List<Setting> settings, @Nullable String problem) {
    public Group {
      settings = List.copyOf(settings);
    }
  }

  /**
   * @param type text, integer, number, boolean or secret
   * @param many whether it is a list
   * @param value what counts now; of a secret {@code ***} if there is one
   * @param byDefault what counts if nobody sets it
   * @param set whether somebody has
   * @param options the only values that there are; empty for no such limit
   */
  record Setting(String key, String description, String type, boolean many, boolean required, List<String> value, List<String> byDefault, boolean set, List<String> options) {
    public Setting {
      value = List.copyOf(value);
      byDefault = List.copyOf(byDefault);
      options = List.copyOf(options);
    }
  }

  /**
   * @param keys what has changed; empty if that was refused
   * @param problem why it was refused, else null
   */
  record Change(String pid, List<String> keys, @Nullable String problem) {
    public Change {
      keys = List.copyOf(keys);
    }
  }
}
