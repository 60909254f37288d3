package dev.proa.api.http;

import java.io.IOException;

/** The client has closed the connection: nobody is left to be told anything. */
public final class PeerGoneException extends IOException {
  private static final long serialVersionUID = 1L;

  PeerGoneException() {
    super("the client has closed the connection");
  }
}
