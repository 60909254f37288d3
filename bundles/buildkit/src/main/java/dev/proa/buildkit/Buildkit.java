package dev.proa.buildkit;

import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The doors that BuildKit's clients come through. A connection that a client has upgraded from HTTP/1.1 gets the handlers from here; what happens on it then is
 * HTTP/2. All failures are {@link dev.proa.spi.ProaException}s but for what the connections throw.
 */
@ProviderType
public interface Buildkit {

  /** {@code POST /grpc}: the handlers of a connection on which a client asks for builds. */
  List<ChannelHandler> control();

  /**
   * {@code POST /session}: the handlers of a connection on which the client answers. It is known by its id from now until it is closed.
   *
   * @param methods what the client offers
   */
  List<ChannelHandler> session(String id, String sharedKey, List<String> methods);

  /**
   * {@code POST /build?version=2}: a build whose files are in a session, as clients before buildx ask for it.
   *
   * @param progress takes messages of type {@code moby.buildkit.v1.StatusResponse}, one call at a time; what it throws ends the build
   * @return what is to be said of the result, as BuildKit says it: {@code containerimage.digest} is the image's id
   */
  Map<String, String> build(Request request, Progress progress) throws IOException, InterruptedException;

  /** Waits, for a bounded time, for what another request of the same client brings: the context of a build. */
  InputStream awaitUpload(String build) throws InterruptedException;

  /** Gives a build its context, and waits until it has been read. */
  void upload(String build, InputStream context) throws InterruptedException;

  /** Takes what is to be shown of a build. */
  @FunctionalInterface
  interface Progress {
    void take(byte[] status) throws IOException;
  }

  /**
   * @param attributes of the Dockerfile front end
   * @param session id of the client's session
   * @param cacheFrom images that serve as caches
   * @param output {@code moby} for an image of this engine; {@code local}, {@code tar}, {@code oci}, {@code docker}; {@code cacheonly}
   * @param outputAttributes such as {@code name}
   * @param context what came with the request; null if the session has it or an address names it
   */
  record Request(
      Map<String, String> attributes,
      String session,
      List<String> cacheFrom,
      String output,
      Map<String, String> outputAttributes,
      @Nullable InputStream context) {
    public Request {
      attributes = Map.copyOf(attributes);
      cacheFrom = List.copyOf(cacheFrom);
      outputAttributes = Map.copyOf(outputAttributes);
    }
  }
}
