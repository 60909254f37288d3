package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.run.Rootfs;
import dev.proa.linux.Fd;
import dev.proa.spi.Mount;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The root of a container that does not run, opened if anybody looks into it. */
final class LazyRoot implements Supplier<Fd>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LazyRoot.class);

  private final List<Mount> mounts;
  private @Nullable Fd root;

  LazyRoot(List<Mount> mounts) {
    this.mounts = mounts;
  }

  @Override
  public Fd get() {
    Fd open = root;
    if (open == null) {
      LOG.trace("looking into {}", mounts);
      open = Rootfs.open(mounts);
      root = open;
    }
    return open;
  }

  @Override
  public void close() {
    if (root != null) {
      root.close();
    }
  }
}
