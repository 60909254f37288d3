package dev.proa.images;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code docker import}.
 *
 * @param repository name for the new image, possibly with its tag; null or empty for none
 * @param tag the {@code tag} parameter; null or empty for none
 * @param changes Dockerfile instructions ({@code CMD}, {@code ENV}, …), in order
 * @param message the image's comment; empty for {@code Imported from -}
 * @param platform {@code os[/arch[/variant]]}; null or empty for this machine's
 */
public record ImportRequest(
    @Nullable String repository, @Nullable String tag, List<String> changes, String message, @Nullable String platform) {
  public ImportRequest {
    changes = List.copyOf(changes);
  }
}
