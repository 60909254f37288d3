package dev.proa.builder.internal;

import dev.proa.builder.internal.layer.SquashLayer;
import dev.proa.images.ImageRecord;
import dev.proa.images.build.Assembly.Line;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code --cache-from}: images, also of other machines, whose history began as the build does. What a step copies stands in its line of history as a
 * digest, and a command with its arguments, so that the same lines on the same layers are the same steps.
 */
final class HistoryCache {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Parts parts;
  private List<Candidate> candidates = new ArrayList<>();
  private @Nullable String matched;
  private int layers;

  /**
   * An image that has agreed so far.
   *
   * @param at index of the next line
   * @param layers how many of its layers the lines before have made
   */
  private record Candidate(ImageRecord image, List<Line> history, int at, int layers) {}

  /**
   * @param names of the images; those that are not here do not count
   * @param base id of the image that the build begins with; null for none
   * @param done what earlier stages did on it
   */
  HistoryCache(Parts parts, List<String> names, @Nullable String base, List<Line> done) {
    this.parts = parts;
    ImageRecord below = base == null ? null : parts.images().byId(base).orElse(null);
    int lines = base == null ? 0 : past(base).size();
    for (String name : names) {
      try {
        ImageRecord image = parts.images().admit(name, warning -> {});
        List<Line> history = past(image.id());
        int count = below == null ? 0 : below.layers().size();
        // Of a squashed one nobody can tell which line made what.
        boolean begins = image.layers().size() >= count && history.size() >= lines && history.stream().noneMatch(SquashLayer::merges);
        for (int i = 0; begins && i < count; i++) {
          begins = image.layers().get(i).chainId().equals(below.layers().get(i).chainId());
        }
        if (begins) {
          candidates.add(new Candidate(image, history, lines, count));
        }
      } catch (ProaException e) {
        // One that may not be used is none.
        if (!e.is(ErrorClass.NOT_FOUND) && !e.is(ErrorClass.PERMISSION_DENIED)) {
          throw e;
        }
      }
    }
    done.forEach(line -> next(line.createdBy(), line.layer()));
  }

  /** The line of the step if an image has it next; all others are out. Null if none has. */
  @Nullable Line next(String createdBy, boolean layer) {
    List<Candidate> agreed = new ArrayList<>();
    Line found = null;
    for (Candidate candidate : candidates) {
      if (candidate.at() >= candidate.history().size()) {
        continue;
      }
      Line item = candidate.history().get(candidate.at());
      if (item.createdBy().equals(createdBy) && (layer || !item.layer())) {
        Candidate on = new Candidate(candidate.image(), candidate.history(), candidate.at() + 1, candidate.layers() + (item.layer() ? 1 : 0));
        agreed.add(on);
        if (found == null) {
          found = item;
          matched = on.image().id();
          layers = on.layers();
        }
      }
    }
    candidates = agreed;
    return found;
  }

  private List<Line> past(String imageId) {
    List<Line> lines = new ArrayList<>();
    for (JsonNode line : JSON.readTree(parts.images().rawConfig(imageId)).path("history")) {
      String created = line.path("created").asString("");
      boolean layer = !line.path("empty_layer").asBoolean(false);
      lines.add(new Line(line.path("created_by").asString(""), time(created), layer, line.path("comment").asString("")));
    }
    return lines;
  }

  private static Instant time(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      return Instant.EPOCH;
    }
  }

  /** The stack after the step that {@link #next} has found last. */
  String stack() {
    if (matched == null) {
      throw new IllegalStateException("no step was found");
    }
    return parts.layers().prefix(matched, layers).id();
  }
}
