package dev.proa.api.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer. Belongs to the virtual thread it was given to, except {@link #onDisconnect}'s callbacks. The answer is made
 * by exactly one of {@link #send}, {@link #stream} and {@link #hijack}.
 */
public final class Exchange {
  // As Go's server writes them: HTTP does not mind, but there are clients, and scripts, that do.
  private static final String CONTENT_TYPE = "Content-Type";
  private static final String CONTENT_LENGTH = "Content-Length";
  private static final String TRANSFER_ENCODING = "Transfer-Encoding";
  private static final String CONNECTION = "Connection";

  private final HttpConnection connection;
  private final HttpRequest request;
  private final InboundBytes body;
  private final boolean expectsContinue;
  private final HttpHeaders responseHeaders = new DefaultHttpHeaders();
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Runnable> disconnectActions = new ArrayList<>();
  private boolean cancelled;
  private boolean peerGone;
  private boolean committed;
  private volatile boolean answered;
  private volatile boolean keepAlive;
  private volatile long receivedAtEnd;

  Exchange(HttpConnection connection, HttpRequest request, InboundBytes body, boolean expectsContinue) {
    this.connection = connection;
    this.request = request;
    this.body = body;
    this.expectsContinue = expectsContinue;
    this.keepAlive = HttpUtil.isKeepAlive(request);
  }

  // --- the request ---

  public String method() {
    return request.method().name();
  }

  /** Path and query as the client sent them. */
  public String target() {
    return request.uri();
  }

  public Peer peer() {
    return connection.peer();
  }

  /** A request header's first value; null if there is none. */
  public @Nullable String header(String name) {
    return request.headers().get(name);
  }

  /** All values of a header of the request. */
  public List<String> headers(String name) {
    return request.headers().getAll(name);
  }

  /** Whether the client said that a body follows. */
  public boolean hasBody() {
    return HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0;
  }

  /** Bytes of the body as announced; −1 if it is chunked. */
  public long contentLength() {
    return HttpUtil.isTransferEncodingChunked(request) ? -1 : HttpUtil.getContentLength(request, 0L);
  }

  /** The body; the client is held back while nobody reads. A read throws if the client goes away or breaks off. */
  public InputStream body() {
    body.patience(null);
    return body;
  }

  /** The body of a client that is expected to send all of it soon. A read throws {@link IOException} after {@code patience} without a byte. */
  public InputStream body(Duration patience) {
    body.patience(patience);
    return body;
  }

  // --- the client going away ---

  /**
   * Runs the action on a virtual thread of its own once the client has closed the connection or the server stops, at once if that is so
   * already. To be used for what only this client waits for; a client that closes its sending half is still there.
   */
  public void onDisconnect(Runnable action) {
    lock.lock();
    try {
      if (!cancelled) {
        disconnectActions.add(action);
        return;
      }
    } finally {
      lock.unlock();
    }
    Thread.startVirtualThread(action);
  }

  /** Has the calling thread interrupted when the client goes away or the server stops. */
  public void interruptOnDisconnect() {
    Thread thread = Thread.currentThread();
    onDisconnect(thread::interrupt);
  }

  public boolean clientIsGone() {
    lock.lock();
    try {
      return peerGone;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the client went away or broke off its request. */
  public boolean clientFailed() {
    return clientIsGone() || body.failed();
  }

  void peerGone() {
    lock.lock();
    try {
      peerGone = true;
    } finally {
      lock.unlock();
    }
    cancel();
  }

  /** What only this client waits for is to end. */
  void cancel() {
    List<Runnable> actions;
    lock.lock();
    try {
      cancelled = true;
      actions = List.copyOf(disconnectActions);
      disconnectActions.clear();
    } finally {
      lock.unlock();
    }
    actions.forEach(Thread::startVirtualThread);
  }

  // --- the answer ---

  /** Sets a header of the answer to come. */
  public Exchange setHeader(String name, String value) {
    responseHeaders.set(name, value);
    return this;
  }

  /** Whether the answer's head is out. */
  public boolean committed() {
    return committed;
  }

  /** Answers without a body. */
  public void send(int status) throws IOException {
    send(status, null, new byte[0]);
  }

  /** Answers with a whole body; to HEAD its length goes out without it. */
  public void send(int status, @Nullable String contentType, byte[] content) throws IOException {
    commit();
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(content));
    finishHead(response);
    if (contentType != null) {
      response.headers().set(CONTENT_TYPE, contentType);
    }
    if (status != 204 && status != 304) {
      response.headers().set(CONTENT_LENGTH, content.length);
    }
    answered = true;
    connection.write(response);
  }

  /**
   * Starts an answer whose length nobody knows; its head goes out at once. {@link OutputStream#flush} sends what was written so far,
   * {@link OutputStream#close} ends it. An answer that is not closed is broken off, so that the client does not take it for whole.
   */
  public OutputStream stream(int status, String contentType) throws IOException {
    commit();
    DefaultHttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
    boolean chunked = request.protocolVersion().equals(HttpVersion.HTTP_1_1);
    keepAlive &= chunked;
    finishHead(response);
    response.headers().set(CONTENT_TYPE, contentType);
    if (chunked) {
      response.headers().set(TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    connection.write(response);
    return new ResponseStream(connection, () -> answered = true);
  }

  /** Whether the client asks to leave HTTP: {@code Connection: Upgrade} and {@code Upgrade: tcp}. */
  public boolean wantsUpgrade() {
    return request.headers().contains(HttpHeaderNames.UPGRADE)
        && request.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true);
  }

  /**
   * Leaves HTTP: from here on the connection is two raw streams, as Docker's attach wants it. The head is {@code 101 UPGRADED} if the
   * client asked for it, {@code 200 OK} otherwise. What was not read of the request's body is skipped. When the exchange is over the
   * server closes the connection, after everything written is out.
   */
  public RawStreams hijack(String contentType) throws IOException {
    skipBody();
    commit();
    boolean upgrade = wantsUpgrade();
    StringBuilder head = new StringBuilder(256);
    head.append(upgrade ? "HTTP/1.1 101 UPGRADED\r\n" : "HTTP/1.1 200 OK\r\n");
    head.append("Content-Type: ").append(contentType).append("\r\n");
    if (upgrade) {
      head.append("Connection: Upgrade\r\nUpgrade: tcp\r\n");
    }
    InboundBytes input = connection.newInput();
    answered = true;
    connection.hijack(withHeaders(head), input);
    return new RawStreams(input, new RawOutput(connection, false));
  }

  /** Whether the client asks for a websocket of version 13, with a key (RFC 6455, 4.1). */
  public boolean wantsWebSocket() {
    return "websocket".equalsIgnoreCase(request.headers().get(HttpHeaderNames.UPGRADE))
        && request.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        && "13".equals(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))
        && request.headers().contains(HttpHeaderNames.SEC_WEBSOCKET_KEY);
  }

  /** As {@link #hijack}, with the bytes of both directions in binary messages of a websocket. Only if {@link #wantsWebSocket}. */
  public RawStreams hijackByWebSocket() throws IOException {
    skipBody();
    commit();
    StringBuilder head = new StringBuilder(256);
    head.append("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n");
    head.append("Sec-WebSocket-Accept: ").append(accept(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY))).append("\r\n");
    InboundBytes input = connection.newInput();
    answered = true;
    connection.hijackByWebSocket(withHeaders(head), input);
    return new RawStreams(input, new RawOutput(connection, true));
  }

  /** RFC 6455, 4.2.2: the key with a fixed GUID behind it, SHA-1, base64. */
  private static String accept(String key) {
    try {
      byte[] text = (key.strip() + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.ISO_8859_1);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /**
   * Leaves HTTP/1.1 for another protocol, for good: the handlers get the connection's bytes from the first on that follows the request. Returns when the
   * connection is closed.
   *
   * @param protocol its name in the header {@code Upgrade}
   */
  public void upgrade(String protocol, List<ChannelHandler> handlers) throws IOException {
    skipBody();
    commit();
    StringBuilder head = new StringBuilder(256);
    head.append("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: ").append(protocol).append("\r\n");
    answered = true;
    connection.handOver(withHeaders(head), handlers);
  }

  private void skipBody() throws IOException {
    if (body.skipToEnd(connection.drainBytes()) >= connection.drainBytes()) {
      throw new IOException("the request body is too long for a connection that is to be taken over");
    }
  }

  private byte[] withHeaders(StringBuilder head) {
    for (Map.Entry<String, String> header : responseHeaders) {
      head.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n");
    }
    return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private void commit() {
    if (committed) {
      throw new IllegalStateException("the request was answered already: " + method() + " " + target());
    }
    committed = true;
  }

  private void finishHead(HttpResponse response) {
    response.headers().set(responseHeaders);
    if (!body.isComplete() && (expectsContinue || contentLength() < 0 || contentLength() > connection.drainBytes())) {
      keepAlive = false;
    }
    // What the version of the request implies goes without saying.
    if (keepAlive != request.protocolVersion().isKeepAliveDefault()) {
      response.headers().set(CONNECTION, keepAlive ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
    }
  }

  // --- for the connection ---

  InboundBytes bodyBytes() {
    return body;
  }

  boolean answered() {
    return answered;
  }

  boolean keepAlive() {
    return keepAlive;
  }

  void endReached() {
    receivedAtEnd = body.received();
  }

  long receivedAtEnd() {
    return receivedAtEnd;
  }

  void over() {
    connection.finished(this);
  }
}
