package dev.proa.buildkit.internal.grpc;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A call that this engine makes, to a service that the client offers in its session. Closing gives it up unless it has ended. */
public final class ClientCall extends GrpcCall implements AutoCloseable {
  private volatile boolean finished;

  private ClientCall() {}

  /** @param metadata headers with all their values; beyond ASCII they are encoded as BuildKit does it */
  public static ClientCall open(Channel connection, String method, Map<String, List<String>> metadata) throws IOException {
    ClientCall call = new ClientCall();
    try {
      new Http2StreamChannelBootstrap(connection).handler(call).open().sync();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (Exception e) {
      throw new GrpcException(GrpcStatus.UNAVAILABLE, "the client's session is gone: " + e.getMessage());
    }
    Http2Headers headers = newHeaders().method("POST").scheme("http").path(method).authority("localhost");
    headers.add("content-type", "application/grpc").add("te", "trailers").add("user-agent", "proa");
    metadata.forEach(
        (name, values) -> {
          boolean plain = values.stream().allMatch(value -> value.chars().allMatch(c -> c >= ' ' && c < 0x7f));
          values.forEach(value -> headers.add(name, plain ? value : URLEncoder.encode(value, StandardCharsets.UTF_8)));
          if (!plain) {
            headers.add(name + "-encoded", "1");
          }
        });
    call.write(frame(headers, false));
    return call;
  }

  /** One question, one answer. */
  public static <M extends MessageLite> M ask(Channel connection, String method, MessageLite question, Parser<M> answers) throws IOException {
    try (ClientCall call = open(connection, method, Map.of())) {
      call.send(question);
      call.endOutput();
      M answer = call.receive(answers);
      if (answer == null) {
        throw new GrpcException(GrpcStatus.DATA_LOSS, method + " gave no answer");
      }
      call.receive(answers);
      return answer;
    }
  }

  @Override
  void headers(Http2Headers headers, boolean last) {
    CharSequence status = headers.get("grpc-status");
    CharSequence http = headers.status();
    if (status != null) {
      finished = last;
      int code = status.toString().matches("\\d{1,3}") ? Integer.parseInt(status.toString()) : GrpcStatus.UNKNOWN.code();
      if (code != 0) {
        end(new GrpcException(GrpcStatus.of(code), decoded(headers.get("grpc-message"))));
      }
    } else if (http != null && !http.toString().equals("200")) {
      end(new GrpcException(GrpcStatus.UNAVAILABLE, "the client answers " + http));
    }
  }

  /** This side has no more to say. */
  public void endOutput() throws IOException {
    try {
      write(new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true));
    } catch (GrpcException e) {
      if (!finished) { // else the other side did not wait for it
        throw e;
      }
    }
  }

  @Override
  void broken() {
    reset();
  }

  @Override
  public void close() {
    if (!finished) {
      reset();
    }
  }
}
