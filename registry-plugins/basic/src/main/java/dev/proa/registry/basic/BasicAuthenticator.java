package dev.proa.registry.basic;

import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.registry.Authorization;
import dev.proa.spi.registry.AuthorizationRequest;
import dev.proa.spi.registry.Credentials;
import dev.proa.spi.registry.RegistryAuthenticator;
import dev.proa.spi.registry.TokenTransport;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;

/** Sends name and password with every request (RFC 7617). */
public sealed class BasicAuthenticator implements RegistryAuthenticator permits BasicComponent {
  public static final String NAME = "basic";

  @Override
  public void open(DriverContext context) {
    // Keeps nothing.
  }

  @Override
  public void close() {
    // Holds nothing.
  }

  @Override
  public Set<String> schemes() {
    return Set.of("basic");
  }

  @Override
  public Authorization authorize(AuthorizationRequest request, TokenTransport http) {
    Credentials credentials = request.credentials();
    if (credentials == null || credentials.username().isEmpty()) {
      // Docker's words.
      throw new ProaException(ErrorClass.UNAUTHENTICATED, "no basic auth credentials");
    }
    if (credentials.username().indexOf(':') >= 0) {
      throw new ProaException(ErrorClass.UNAUTHENTICATED, request.registry() + ": a user name with a colon cannot be sent by basic authentication (as " + credentials + ")");
    }
    byte[] pair = (credentials.username() + ":" + credentials.password()).getBytes(StandardCharsets.UTF_8);
    String header = "Basic " + Base64.getEncoder().encodeToString(pair);
    if (header.equals(request.refused())) {
      throw new ProaException(ErrorClass.UNAUTHENTICATED, "unauthorized: " + request.registry() + " refuses name and password (as " + credentials + ")");
    }
    return new Authorization(header, null, "");
  }
}
