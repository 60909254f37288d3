package dev.proa.lifecycle.system;

import dev.proa.lifecycle.containers.ContainerSummary;
import dev.proa.lifecycle.volumes.Volume;
import java.util.List;

/**
 * What lies on the disk. Images come from the image store: who answers {@code GET /system/df} puts them together.
 *
 * @param layersSizeBytes all layers, each counted once
 * @param containers with their sizes
 * @param volumes with their sizes and reference counts
 */
public record DiskUsage(long layersSizeBytes, List<ContainerSummary> containers, List<Volume> volumes) {
  public enum ObjectType {
    CONTAINER,
    IMAGE,
    VOLUME,
    BUILD_CACHE
  }
}
