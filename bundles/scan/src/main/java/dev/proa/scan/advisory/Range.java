package dev.proa.scan.advisory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Versions that are affected, by the events of OSV's schema ({@code affected[].ranges[].events}). */
public record Range(List<Event> events) {
  public Range {
    events = List.copyOf(events);
  }

  /** In the order in which events of one version count. */
  public enum Kind {
    INTRODUCED,
    FIXED,
    LAST_AFFECTED,
    LIMIT
  }

  public record Event(Kind kind, String version) {
    /** {@code 0} is before every version. */
    boolean always() {
      return kind == Kind.INTRODUCED && version.equals("0");
    }
  }

  /** The schema's algorithm: the last event at or before a version decides; what is at or beyond every limit is not affected. */
  public boolean affects(String version, Comparator<String> order) {
    boolean limited = false;
    boolean within = false;
    for (Event event : events) {
      if (event.kind() == Kind.LIMIT) {
        limited = true;
        within |= event.version().equals("*") || order.compare(version, event.version()) < 0;
      }
    }
    if (limited && !within) {
      return false;
    }
    boolean affected = false;
    for (Event event : sorted(order)) {
      switch (event.kind()) {
        case INTRODUCED -> affected |= event.always() || order.compare(version, event.version()) >= 0;
        case FIXED -> affected &= order.compare(version, event.version()) < 0;
        case LAST_AFFECTED -> affected &= order.compare(version, event.version()) <= 0;
        case LIMIT -> {}
      }
    }
    return affected;
  }

  /** The first version after a given one in which it is fixed; empty if there is none. */
  String fixedAfter(String version, Comparator<String> order) {
    String first = "";
    for (Event event : events) {
      if (event.kind() == Kind.FIXED && order.compare(event.version(), version) > 0 && (first.isEmpty() || order.compare(event.version(), first) < 0)) {
        first = event.version();
      }
    }
    return first;
  }

  private List<Event> sorted(Comparator<String> order) {
    List<Event> all = new ArrayList<>(events);
    all.sort(
        (a, b) -> {
          if (a.always() || b.always()) {
            return Boolean.compare(b.always(), a.always());
          }
          int byVersion = order.compare(a.version(), b.version());
          return byVersion != 0 ? byVersion : a.kind().compareTo(b.kind());
        });
    return all;
  }
}
