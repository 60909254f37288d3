package dev.proa.buildkit.internal.grpc;

import dev.proa.spi.ErrorClass;

/** How a call ended: the codes of gRPC that are used here (grpc.io, "Status codes"). */
public enum GrpcStatus {
  OK(0),
  CANCELLED(1),
  UNKNOWN(2),
  INVALID_ARGUMENT(3),
  NOT_FOUND(5),
  ALREADY_EXISTS(6),
  PERMISSION_DENIED(7),
  RESOURCE_EXHAUSTED(8),
  FAILED_PRECONDITION(9),
  ABORTED(10),
  UNIMPLEMENTED(12),
  INTERNAL(13),
  UNAVAILABLE(14),
  DATA_LOSS(15),
  UNAUTHENTICATED(16);

  private final int code;

  GrpcStatus(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  static GrpcStatus of(int code) {
    for (GrpcStatus status : values()) {
      if (status.code == code) {
        return status;
      }
    }
    return UNKNOWN;
  }

  static GrpcStatus of(ErrorClass errorClass) {
    return switch (errorClass) {
      case INVALID_ARGUMENT -> INVALID_ARGUMENT;
      case NOT_FOUND -> NOT_FOUND;
      case ALREADY_EXISTS -> ALREADY_EXISTS;
      case CONFLICT -> ABORTED;
      case FAILED_PRECONDITION, NOT_MODIFIED -> FAILED_PRECONDITION;
      case UNAVAILABLE -> UNAVAILABLE;
      case UNAUTHENTICATED -> UNAUTHENTICATED;
      case PERMISSION_DENIED -> PERMISSION_DENIED;
      case RESOURCE_EXHAUSTED -> RESOURCE_EXHAUSTED;
      case NOT_IMPLEMENTED -> UNIMPLEMENTED;
      case DATA_LOSS -> DATA_LOSS;
      case INTERNAL -> INTERNAL;
    };
  }
}
