package dev.proa.buildkit.internal.grpc;

import java.io.IOException;

/** A call that the other side, or the connection, has ended with another status than OK. */
public final class GrpcException extends IOException {
  private static final long serialVersionUID = 1L;

  private final GrpcStatus status;

  public GrpcException(GrpcStatus status, String message) {
    super(message.isEmpty() ? status.name() : message);
    this.status = status;
  }

  public GrpcStatus status() {
    return status;
  }
}
