package dev.proa.registry.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.registry.AuthorizationRequest;
import dev.proa.spi.registry.Credentials;
import dev.proa.spi.registry.TokenTransport;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TokenAuthenticatorTest {
  private static final Credentials ME = new Credentials("me", "secret", "", "", "here");
  private final List<String> asked = new ArrayList<>();
  private Instant now = Instant.EPOCH;
  private final TokenAuthenticator authenticator =
      new TokenAuthenticator(
          new Clock() {
            @Override
            public java.time.ZoneId getZone() {
              return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
              return this;
            }

            @Override
            public Instant instant() {
              return now;
            }
          });

  private static AuthorizationRequest request(String realm, String repository, @Nullable Credentials credentials, @Nullable String refused) {
    return new AuthorizationRequest(
        "r.example", URI.create("https://r.example/v2/"), "bearer", Map.of("realm", realm, "service", "s"), List.of("repository:" + repository + ":pull"), credentials, refused, false);
  }

  private TokenTransport answering(int status, String body) {
    return (uri, headers, form) -> {
      asked.add(uri + (form == null ? "" : " " + form));
      return new TokenTransport.Answer(status, body.replace("#", String.valueOf(asked.size())).getBytes(StandardCharsets.UTF_8));
    };
  }

  private String authorize(AuthorizationRequest request, TokenTransport http) {
    return authenticator.authorize(request, http).header();
  }

  @Test
  void aTokenIsUsedUntilItRunsOutOrIsRefused() {
    TokenTransport http = answering(200, "{\"token\":\"t#\",\"expires_in\":300}");
    AuthorizationRequest request = request("https://auth.example/t", "x", ME, null);
    assertThat(authorize(request, http)).isEqualTo("Bearer t1");
    now = now.plus(Duration.ofSeconds(280));
    assertThat(authorize(request, http)).isEqualTo("Bearer t1");
    assertThat(authorize(request("https://auth.example/t", "x", ME, "Bearer t1"), http)).isEqualTo("Bearer t2");
    now = now.plus(Duration.ofSeconds(291));
    assertThat(authorize(request, http)).isEqualTo("Bearer t3");
    assertThat(authorize(request("https://auth.example/t", "x", new Credentials("me", "other", "", "", "here"), null), http)).as("other secrets").isEqualTo("Bearer t4");
    assertThat(asked.getFirst()).isEqualTo("https://auth.example/t?service=s&scope=repository%3Ax%3Apull&account=me");
  }

  @Test
  void tokensOfManyRepositoriesAreBounded() {
    TokenTransport http = answering(200, "{\"access_token\":\"t#\"}");
    for (int i = 0; i < 2 * TokenCache.MAX; i++) {
      authorize(request("https://auth.example/t", "x" + i, null, null), http);
    }
    authorize(request("https://auth.example/t", "x" + (2 * TokenCache.MAX - 1), null, null), http);
    authorize(request("https://auth.example/t", "x0", null, null), http);
    assertThat(asked).hasSize(2 * TokenCache.MAX + 1);
  }

  @Test
  void aPasswordIsNotSentInTheClearForAVerifiedRegistry() {
    for (String realm : List.of("http://auth.example/t", "", "file:///etc/passwd", "https:///x", "::")) {
      assertThatThrownBy(() -> authorize(request(realm, "x", ME, null), answering(200, "{\"token\":\"t\"}"))).hasMessageContaining("as its token server");
    }
    assertThat(asked).isEmpty();
  }

  @Test
  void whatIsNoTokenIsRefused() {
    for (String body : List.of("<html>", "{}", "[]", "{\"token\":\"a\\r\\nX: y\"}", "")) {
      assertThatThrownBy(() -> authorize(request("https://auth.example/t", "x", ME, null), answering(200, body)))
          .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.INTERNAL));
    }
  }

  @Test
  void aRefusalSaysWho() {
    assertThatThrownBy(() -> authorize(request("https://auth.example/t", "x", ME, null), answering(401, "<html>")))
        .hasMessage("unauthorized: status 401 from https://auth.example/t (bearer challenge of r.example, as me, from here)");
    assertThatThrownBy(() -> authorize(request("https://auth.example/t", "x", null, null), answering(401, "{}")))
        .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.PERMISSION_DENIED));
    assertThatThrownBy(() -> authorize(request("https://auth.example/t", "x", null, null), answering(503, "{}")))
        .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.UNAVAILABLE));
  }
}
