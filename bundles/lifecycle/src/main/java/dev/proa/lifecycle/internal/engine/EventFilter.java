package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.events.Event;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether an event is one that a client asked for: values of one filter are alternatives, all filters must match. */
final class EventFilter {
  private EventFilter() {}

  static boolean matches(Event event, Map<String, List<String>> filters) {
    return filters.entrySet().stream().allMatch(filter -> filter.getValue().isEmpty() || matches(event, filter.getKey(), filter.getValue()));
  }

  private static boolean matches(Event event, String name, List<String> values) {
    Map<String, String> attributes = event.actor().attributes();
    return switch (name) {
      case "event" -> values.stream().anyMatch(value -> event.action().equals(value) || event.action().startsWith(value + ":"));
      case "type" -> values.contains(event.type());
      case "scope" -> values.contains(event.scope());
      case "label" -> values.stream().allMatch(label -> hasLabel(attributes, label));
      case "image" ->
          values.stream()
              .anyMatch(
                  image ->
                      event.type().equals("image") && (sameImage(image, event.actor().id()) || sameImage(image, attributes.get("name")))
                          || event.type().equals("container") && sameImage(image, attributes.get("image")));
      default -> event.type().equals(name) && values.stream().anyMatch(value -> isActor(event, value));
    };
  }

  private static boolean isActor(Event event, String value) {
    return event.actor().id().startsWith(value) || value.equals(event.actor().attributes().get("name"));
  }

  private static boolean sameImage(String wanted, @Nullable String image) {
    if (image == null) {
      return false;
    }
    int slash = image.lastIndexOf('/');
    int colon = image.indexOf(':', slash + 1);
    return wanted.equals(image) || colon > 0 && wanted.equals(image.substring(0, colon));
  }

  private static boolean hasLabel(Map<String, String> attributes, String label) {
    int equals = label.indexOf('=');
    return equals < 0 ? attributes.containsKey(label) : label.substring(equals + 1).equals(attributes.get(label.substring(0, equals)));
  }
}
