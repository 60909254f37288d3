package dev.proa.spi;

import java.util.List;

/**
 * A mount that somebody else will make: the lingua franca between storage drivers and isolation backends (containerd's
 * {@code mount.Mount}). A driver returns mounts, it never mounts into a container.
 *
 * @param type file system type ({@code overlay}, {@code erofs}, {@code tmpfs}) or {@code bind}
 * @param source device, folder or file; for {@code overlay} the name shown in mountinfo
 * @param target path below the root this list builds; empty for the root itself
 * @param options as mount(8) spells them: {@code ro}, {@code rbind}, {@code lowerdir=…}
 */
public record Mount(String type, String source, String target, List<String> options) {
  public Mount {
    options = List.copyOf(options);
  }
}
