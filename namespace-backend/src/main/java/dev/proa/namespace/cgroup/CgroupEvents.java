package dev.proa.namespace.cgroup;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Poll;
import java.time.Duration;
import java.util.List;

/** What a v2 group tells when it changes. */
final class CgroupEvents {
  private CgroupEvents() {}

  /** Whether it came in time. cgroup.events wakes those who poll it for POLLPRI whenever it changes. */
  static boolean await(String folder, String key, long wanted, Duration limit) throws ErrnoException {
    long deadline = System.nanoTime() + limit.toNanos();
    try (Fd events = Fs.openat(Fd.cwd(), folder + "/cgroup.events", Fcntl.O_RDONLY)) {
      while (true) {
        // The read takes note of what has been seen; what changes after it wakes the poll.
        byte[] bytes = new byte[256];
        Io.lseek(events, 0, Fcntl.SEEK_SET);
        int length = Io.read(events, bytes, 0, bytes.length);
        String text = new String(bytes, 0, length, java.nio.charset.StandardCharsets.US_ASCII);
        if (text.lines().anyMatch(line -> line.equals(key + " " + wanted))) {
          return true;
        }
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return false;
        }
        Io.poll(List.of(new Io.PollFor(events, Poll.POLLPRI)), left);
      }
    }
  }
}
