package dev.proa.buildkit.internal.grpc;

import dev.proa.spi.ProaException;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A call that a client makes. Its method runs on a virtual thread, which is interrupted when the client gives up or is gone. */
public final class ServerCall extends GrpcCall {
  private static final Logger LOG = LoggerFactory.getLogger(ServerCall.class);
  private static final String TYPE = "application/grpc";

  private final Methods methods;
  private final AtomicBoolean headersSent = new AtomicBoolean();
  private @Nullable Http2Headers headers;

  ServerCall(Methods methods) {
    this.methods = methods;
  }

  @Override
  void headers(Http2Headers frame, boolean last) {
    if (headers != null) {
      return;
    }
    headers = frame;
    Thread thread = Thread.ofVirtual().name("grpc " + frame.path()).unstarted(() -> run(String.valueOf(frame.path())));
    whenOver(thread::interrupt);
    thread.start();
  }

  @Override
  void broken() {
    // The method is told by its next read, and says why at the end.
  }

  private void run(String path) {
    GrpcStatus status = GrpcStatus.OK;
    String message = "";
    try {
      CharSequence type = header("content-type");
      Methods.Method method = methods.of(path);
      if (type == null || !type.toString().startsWith(TYPE)) {
        throw new GrpcException(GrpcStatus.INTERNAL, "the content type is to be " + TYPE);
      }
      if (method == null) {
        throw new GrpcException(GrpcStatus.UNIMPLEMENTED, "unknown method " + path + ": this engine does not have it");
      }
      method.call(this);
    } catch (GrpcException e) {
      status = e.status();
      message = e.getMessage();
    } catch (ProaException e) {
      status = GrpcStatus.of(e.errorClass());
      message = e.getMessage();
    } catch (InterruptedException | InterruptedIOException e) {
      status = GrpcStatus.CANCELLED;
      message = "canceled";
    } catch (Exception e) {
      LOG.error("{} failed", path, e);
      status = GrpcStatus.INTERNAL;
      message = "the engine failed: " + e;
    }
    Thread.interrupted(); // for what is still to be written
    close(status, message == null ? "" : message);
  }

  private @Nullable CharSequence header(String name) {
    Http2Headers all = headers;
    return all == null ? null : all.get(name);
  }

  /** The value of a header that the client sent; null for none. */
  public @Nullable String metadata(String name) {
    CharSequence value = header(name);
    return value == null ? null : value.toString();
  }

  /** All values of a header. */
  public List<String> allMetadata(String name) {
    Http2Headers all = headers;
    return all == null ? List.of() : all.getAll(name).stream().map(CharSequence::toString).toList();
  }

  @Override
  void beforeMessage() throws IOException {
    if (headersSent.compareAndSet(false, true)) {
      write(frame(newHeaders().status("200").add("content-type", TYPE), false));
    }
  }

  private void close(GrpcStatus status, String message) {
    Http2Headers trailers = newHeaders();
    if (headersSent.compareAndSet(false, true)) {
      trailers.status("200").add("content-type", TYPE);
    }
    trailers.add("grpc-status", String.valueOf(status.code()));
    if (!message.isEmpty()) {
      trailers.add("grpc-message", encoded(message));
    }
    try {
      boolean more = !inputEnded();
      write(frame(trailers, true)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
      if (more) {
        noMore();
      }
    } catch (IOException e) {
      LOG.debug("the end of a call reaches nobody: {}", e.getMessage());
    }
  }
}
