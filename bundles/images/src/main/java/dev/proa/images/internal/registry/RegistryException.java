package dev.proa.images.internal.registry;

import dev.proa.images.Reference;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import org.jspecify.annotations.Nullable;

/** A registry could not be asked, or refused. */
public final class RegistryException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** What went wrong, as far as it makes a difference. */
  public enum Kind {
    /** {@code MANIFEST_UNKNOWN}. */
    MANIFEST_UNKNOWN,
    /** {@code BLOB_UNKNOWN}. */
    BLOB_UNKNOWN,
    /** {@code NAME_UNKNOWN}. */
    NAME_UNKNOWN,
    /** {@code DENIED}: there is no such repository, or not for us. */
    DENIED,
    /** Credentials are missing or wrong. */
    UNAUTHORIZED,
    /** No connection, or it broke. */
    UNREACHABLE,
    /** The registry has a problem of its own, or too many requests. */
    UNAVAILABLE,
    /** A request was larger than the registry, or what stands before it, takes. */
    TOO_LARGE,
    /** The registry knows no longer of an upload that had begun. */
    UPLOAD_LOST,
    /** What came is no sensible answer. */
    PROTOCOL
  }

  RegistryException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  RegistryException(Kind kind, String message) {
    this(kind, message, null);
  }

  public Kind kind() {
    return kind;
  }

  /** In Docker's words for somebody who asked for a reference. */
  public ProaException about(Reference reference) {
    return switch (kind) {
      case MANIFEST_UNKNOWN ->
          new ProaException(ErrorClass.NOT_FOUND, "manifest for " + reference.familiar() + " not found: " + getMessage(), this);
      case NAME_UNKNOWN -> new ProaException(ErrorClass.NOT_FOUND, "repository " + reference.familiarName() + " not found: " + getMessage(), this);
      case BLOB_UNKNOWN -> new ProaException(ErrorClass.NOT_FOUND, reference.familiar() + ": " + getMessage(), this);
      case DENIED ->
          new ProaException(
              ErrorClass.NOT_FOUND,
              "pull access denied for " + reference.familiarName() + ", repository does not exist or may require 'docker login': " + getMessage(),
              this);
      // Not UNAUTHENTICATED: on a 401 from the engine the docker command asks for a password.
      case UNAUTHORIZED -> ProaException.internal(getMessage(), this);
      case UNREACHABLE, UNAVAILABLE -> ProaException.unavailable(getMessage(), this);
      case UPLOAD_LOST, TOO_LARGE, PROTOCOL -> ProaException.internal(getMessage(), this);
    };
  }

  /** In Docker's words for somebody who pushes: the registry's own, without the address that was asked. */
  public ProaException aboutPush() {
    String message = getMessage();
    int colon = message.indexOf("\": ");
    if (kind == Kind.UNAUTHORIZED && colon >= 0) {
      message = message.substring(colon + 3);
    }
    return kind == Kind.UNREACHABLE || kind == Kind.UNAVAILABLE ? ProaException.unavailable(message, this) : ProaException.internal(message, this);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
