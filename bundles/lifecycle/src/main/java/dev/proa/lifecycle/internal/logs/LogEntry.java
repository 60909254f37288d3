package dev.proa.lifecycle.internal.logs;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.proa.lifecycle.containers.StreamType;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One entry of a log. */
record LogEntry(
    @JsonProperty("log") @Nullable String text,
    @JsonProperty("stream") @Nullable String stream,
    @JsonProperty("attrs") @Nullable Map<String, String> attributes,
    @JsonProperty("time") @Nullable Instant time) {

  StreamType type() {
    return "stderr".equals(stream) ? StreamType.STDERR : StreamType.STDOUT;
  }
}
