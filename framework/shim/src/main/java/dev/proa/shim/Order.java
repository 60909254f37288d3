package dev.proa.shim;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.abi.Sched;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.Stdio;
import dev.proa.spawn.internal.Wire;
import dev.proa.spawn.internal.Wire.Source;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be spawned; it owns its descriptors.
 *
 * @param withStreams whether the answer brings the daemon's ends of the pipes along
 */
record Order(
    String name,
    long cloneFlags,
    boolean clonesAgain,
    Stdio stdio,
    long deadlineNanos,
    Fd image,
    @Nullable Fd cgroup,
    List<Place> places,
    boolean withStreams)
    implements AutoCloseable {
  private static final long NAMESPACES =
      Sched.CLONE_NEWNS
          | Sched.CLONE_NEWCGROUP
          | Sched.CLONE_NEWUTS
          | Sched.CLONE_NEWIPC
          | Sched.CLONE_NEWPID
          | Sched.CLONE_NEWNET;

  /** A slot of an order; {@code received} is null for those that the shim makes. */
  record Place(String name, @Nullable Fd received) {}

  /** Reads a SPAWN message; takes {@code fds} over. */
  static Order read(Wire.In in, List<Fd> fds) throws IOException {
    String name = in.string();
    long cloneFlags = in.i64();
    boolean clonesAgain = in.u8() != 0;
    Stdio stdio = in.stdio();
    long deadlineNanos = in.i64();
    boolean hasCgroup = in.u8() != 0;
    int count = in.u16();
    if (name.isEmpty() || (cloneFlags & ~NAMESPACES) != 0 || deadlineNanos <= 0 || count < 1 || count > SpawnPlan.MAX_DESCRIPTORS) {
      throw new IllegalArgumentException("name, clone flags, deadline or number of slots");
    }
    List<Fd> rest = new ArrayList<>(fds);
    List<Fd> taken = new ArrayList<>();
    try {
      Fd image = take(rest, taken);
      Fd cgroup = hasCgroup ? take(rest, taken) : null;
      List<Place> places = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String slot = in.string();
        places.add(new Place(slot, in.u8() == Source.RECEIVED.ordinal() ? take(rest, taken) : null));
      }
      if (!rest.isEmpty() || !places.getFirst().equals(new Place(SpawnPlan.STATUS, null))) {
        throw new IllegalArgumentException(rest.size() + " descriptors too many, or the first slot is not for status");
      }
      boolean withStreams = in.hasMore() && in.u8() != 0;
      return new Order(name, cloneFlags, clonesAgain, stdio, deadlineNanos, image, cgroup, places, withStreams);
    } catch (IOException | RuntimeException e) {
      Fd.closeAll(taken);
      throw e;
    }
  }

  private static Fd take(List<Fd> rest, List<Fd> taken) throws ErrnoException {
    if (rest.isEmpty()) {
      throw new IllegalArgumentException("descriptors are missing");
    }
    Fd fd = Descriptors.high(Fd.owning(rest.removeFirst().release()));
    taken.add(fd);
    return fd;
  }

  @Override
  public void close() {
    image.close();
    if (cgroup != null) {
      cgroup.close();
    }
    for (Place place : places) {
      if (place.received() != null) {
        place.received().close();
      }
    }
  }
}
