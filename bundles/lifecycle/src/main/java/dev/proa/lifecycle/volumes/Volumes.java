package dev.proa.lifecycle.volumes;

import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** The volumes. The driver {@code local} keeps folders below the data root; others come in plugins. */
@ProviderType
public interface Volumes {

  /**
   * Creating one that exists with the same driver gives the existing one; {@code CONFLICT} for one of another driver, {@code NOT_FOUND} for a driver that is
   * not there, with those that are.
   */
  Volume create(VolumeCreateRequest request);

  /** @param filters dangling, driver, label, name; {@code INVALID_ARGUMENT} "invalid filter 'X'" for others */
  List<Volume> list(Map<String, List<String>> filters);

  /** {@code NOT_FOUND} "get NAME: no such volume". */
  Volume inspect(String name);

  /** {@code CONFLICT} while a container has it; with {@code force} an unknown name is no error. */
  void remove(String name, boolean force);

  /** Removes unused anonymous volumes, with the filter {@code all=true} named ones too. Filters: all, label, label!. */
  Pruned prune(Map<String, List<String>> filters);

  record Pruned(List<String> deleted, long spaceReclaimedBytes) {}
}
