package dev.proa.spi.api;

import dev.proa.spi.image.ImageReader;
import java.io.InputStream;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** What is asked of a resource. Ends with the call. */
@ProviderType
public interface ApiRequest {
  /** {@code GET}, {@code POST}, {@code PUT}, {@code DELETE}. */
  String method();

  /** What follows the resource's name: empty, or {@code /x/y}. */
  String path();

  /** The values of a parameter of the query, in order; empty if it is not there. */
  List<String> query(String name);

  /** The value of a parameter of the query; empty if it is not there. */
  default String parameter(String name) {
    List<String> values = query(name);
    return values.isEmpty() ? "" : values.getFirst();
  }

  /** Whether a flag is set, by Docker's rule: there, and not {@code 0}, {@code no}, {@code false} or {@code none}. */
  boolean flag(String name);

  /** The body, as long as the client sends; at its end if there is none. */
  InputStream body();

  /** The engine's images. */
  ImageReader images();
}
