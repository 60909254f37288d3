package dev.proa.api.http;

import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;

/** Encodes responses; those to HEAD go out without their body whatever it is. */
final class ResponseEncoder extends HttpResponseEncoder {
  private boolean toHead;

  /** On the event loop, before the response is written. */
  void requestIsHead(boolean isHead) {
    toHead = isHead;
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpResponse response) {
    return toHead || super.isContentAlwaysEmpty(response);
  }
}
