package dev.proa.spi;

/**
 * The closed set of failure classes of this field (gRPC's codes as containerd's errdefs uses them). The API server alone turns them
 * into HTTP statuses; everything below speaks of classes.
 */
public enum ErrorClass {
  /** The request is wrong whatever the state: a bad name, a bad limit. HTTP 400. */
  INVALID_ARGUMENT,
  /** What the request names does not exist. HTTP 404. */
  NOT_FOUND,
  /** It exists already. HTTP 409. */
  ALREADY_EXISTS,
  /** The state of the thing contradicts the request: it runs, it is in use. HTTP 409. */
  CONFLICT,
  /** Something else has to be done first. HTTP 400, as Docker answers. */
  FAILED_PRECONDITION,
  /** There is nothing to change: it runs already, it is stopped already. HTTP 304. */
  NOT_MODIFIED,
  /** What is needed is not there now: the registry, the shim. HTTP 503. */
  UNAVAILABLE,
  /** Credentials are missing or wrong. HTTP 401. */
  UNAUTHENTICATED,
  /** Known, and not allowed. HTTP 403. */
  PERMISSION_DENIED,
  /** A limit or a full disk. HTTP 500 with its text. */
  RESOURCE_EXHAUSTED,
  /** Not part of this engine, or not yet. HTTP 501. */
  NOT_IMPLEMENTED,
  /** Data is damaged: a digest that does not match. HTTP 500. */
  DATA_LOSS,
  /** Everything else: a bug, or a host that does what it should not. HTTP 500. */
  INTERNAL
}
