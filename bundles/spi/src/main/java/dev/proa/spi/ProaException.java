package dev.proa.spi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The one failure that crosses an extension point. Its message is for the user: what was tried, on what, what came back and what to do;
 * lower case, without a full stop, the cause not repeated. Clean-up failures are {@linkplain #addSuppressed suppressed}, never thrown
 * in its stead.
 */
public final class ProaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorClass errorClass;

  public ProaException(ErrorClass errorClass, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.errorClass = Objects.requireNonNull(errorClass);
  }

  public ProaException(ErrorClass errorClass, String message) {
    this(errorClass, message, null);
  }

  public ErrorClass errorClass() {
    return errorClass;
  }

  public boolean is(ErrorClass other) {
    return errorClass == other;
  }

  public static ProaException invalid(String message) {
    return new ProaException(ErrorClass.INVALID_ARGUMENT, message);
  }

  public static ProaException notFound(String message) {
    return new ProaException(ErrorClass.NOT_FOUND, message);
  }

  public static ProaException alreadyExists(String message) {
    return new ProaException(ErrorClass.ALREADY_EXISTS, message);
  }

  public static ProaException conflict(String message) {
    return new ProaException(ErrorClass.CONFLICT, message);
  }

  public static ProaException failedPrecondition(String message) {
    return new ProaException(ErrorClass.FAILED_PRECONDITION, message);
  }

  public static ProaException notModified(String message) {
    return new ProaException(ErrorClass.NOT_MODIFIED, message);
  }

  public static ProaException unavailable(String message, @Nullable Throwable cause) {
    return new ProaException(ErrorClass.UNAVAILABLE, message, cause);
  }

  public static ProaException unauthenticated(String message) {
    return new ProaException(ErrorClass.UNAUTHENTICATED, message);
  }

  public static ProaException permissionDenied(String message) {
    return new ProaException(ErrorClass.PERMISSION_DENIED, message);
  }

  public static ProaException exhausted(String message, @Nullable Throwable cause) {
    return new ProaException(ErrorClass.RESOURCE_EXHAUSTED, message, cause);
  }

  public static ProaException notImplemented(String message) {
    return new ProaException(ErrorClass.NOT_IMPLEMENTED, message);
  }

  public static ProaException dataLoss(String message) {
    return new ProaException(ErrorClass.DATA_LOSS, message);
  }

  public static ProaException internal(String message, @Nullable Throwable cause) {
    return new ProaException(ErrorClass.INTERNAL, message, cause);
  }
}
