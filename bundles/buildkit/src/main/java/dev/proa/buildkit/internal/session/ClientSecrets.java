package dev.proa.buildkit.internal.session;

import dev.proa.buildkit.internal.grpc.GrpcException;
import dev.proa.buildkit.internal.grpc.GrpcStatus;
import dev.proa.buildkit.protocol.CredentialsRequest;
import dev.proa.buildkit.protocol.CredentialsResponse;
import dev.proa.buildkit.protocol.GetSecretRequest;
import dev.proa.buildkit.protocol.GetSecretResponse;
import dev.proa.images.Reference;
import dev.proa.images.RegistryCredentials;
import dev.proa.spi.ProaException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What the client tells when it is asked: secrets of commands, and logins of registries. */
public final class ClientSecrets {
  private static final String SECRET = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
  private static final String CREDENTIALS = "/moby.filesync.v1.Auth/Credentials";
  private static final String HUB = "registry-1.docker.io";
  /** What a name stands for that says: the secret is a token. */
  private static final String TOKEN_USER = "<token>";

  private final Session session;

  public ClientSecrets(Session session) {
    this.session = session;
  }

  /** A secret by its id; null if the client has none of that name. */
  public byte @Nullable [] secret(String id) {
    if (!session.offers(SECRET)) {
      return null;
    }
    try {
      return session.ask(SECRET, GetSecretRequest.newBuilder().setId(id).build(), GetSecretResponse.parser()).getData().toByteArray();
    } catch (GrpcException e) {
      if (e.status() == GrpcStatus.NOT_FOUND) {
        return null;
      }
      throw ProaException.unavailable("the client does not tell the secret " + id + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw ProaException.unavailable("the client does not tell the secret " + id + ": " + e.getMessage(), e);
    }
  }

  /** The login of a registry; null for none. */
  public @Nullable RegistryCredentials credentials(String domain) {
    if (!session.offers(CREDENTIALS)) {
      return null;
    }
    String host = domain.equals(Reference.DEFAULT_DOMAIN) ? HUB : domain;
    try {
      CredentialsResponse login = session.ask(CREDENTIALS, CredentialsRequest.newBuilder().setHost(host).build(), CredentialsResponse.parser());
      if (login.getSecret().isEmpty()) {
        return null;
      }
      // Without a name the secret is a token that is changed for others.
      boolean token = login.getUsername().isEmpty() || login.getUsername().equals(TOKEN_USER);
      return token
          ? new RegistryCredentials(domain, "", "", login.getSecret(), "")
          : new RegistryCredentials(domain, login.getUsername(), login.getSecret(), "", "");
    } catch (IOException e) {
      throw ProaException.unavailable("the client does not tell its login of " + domain + ": " + e.getMessage(), e);
    }
  }
}
