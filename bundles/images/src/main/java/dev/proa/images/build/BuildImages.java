package dev.proa.images.build;

import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What a build makes of layers. A <em>stack</em> is an image that nobody sees in a list: layers of some number and a configuration that says nothing,
 * so that its id stands for the layers alone. It can be run and unpacked as any image can; it keeps its layers until it is {@linkplain #drop dropped}.
 *
 * <p>All failures are {@link dev.proa.spi.ProaException}s. Calls end early, and leave nothing half-made, when their thread is interrupted.
 */
@ProviderType
public interface BuildImages {

  /**
   * The stack of an image's layers.
   *
   * @param imageId its full id, or null for no layers at all
   */
  Stack stackOf(@Nullable String imageId);

  /**
   * The stack of an image's lowest layers: what it was built on.
   *
   * @param count how many of them
   */
  Stack prefix(String imageId, int count);

  /**
   * A stack with one layer more, or the same one if the layer is empty.
   *
   * @param below id of a stack
   * @param tar the layer, uncompressed; read to its end and not closed
   */
  Stack push(String below, InputStream tar);

  /** A stack by its id; empty if it is not there any more. */
  Optional<Stack> stack(String id);

  /** All stacks that are kept. */
  List<Stack> stacks();

  /**
   * Lets go of a stack; layers that nothing else needs are removed. Nothing happens if it is not there.
   *
   * @return how many bytes of layers went
   */
  long drop(String id);

  /**
   * Makes an image that everybody sees.
   *
   * @return its id
   */
  String assemble(Assembly assembly);

  /**
   * @param id full id, {@code sha256:…}
   * @param layerBytes of each layer unpacked, lowest first
   * @param chainIds of each layer, lowest first
   */
  record Stack(String id, List<Long> layerBytes, List<String> chainIds) {
    public Stack {
      layerBytes = List.copyOf(layerBytes);
      chainIds = List.copyOf(chainIds);
    }

    public int size() {
      return chainIds.size();
    }
  }
}
