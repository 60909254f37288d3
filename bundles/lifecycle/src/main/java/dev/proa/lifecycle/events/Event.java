package dev.proa.lifecycle.events;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened (Engine API {@code EventMessage}).
 *
 * @param status the action again for container and image events, with {@code id} and {@code from}: what clients before API 1.22 read
 * @param type container, image, volume, network, daemon, plugin
 * @param action such as start, or {@code exec_start: sh}
 * @param time seconds since 1970
 */
public record Event(
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String status,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String id,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String from,
    @JsonProperty("Type") String type,
    @JsonProperty("Action") String action,
    @JsonProperty("Actor") Actor actor,
    String scope,
    long time,
    long timeNano) {

  public record Actor(@JsonProperty("ID") String id, @JsonProperty("Attributes") Map<String, String> attributes) {
    public Actor {
      attributes = Map.copyOf(attributes);
    }
  }
}
