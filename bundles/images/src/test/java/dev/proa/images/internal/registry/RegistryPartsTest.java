package dev.proa.images.internal.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.ProaException;
import dev.proa.images.Corpus;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RegistryPartsTest {
  @Test
  void challengesAreRead() {
    List<Challenge> challenges =
        Challenge.parse(
            List.of(
                "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:a/b:pull,push\",error=\"insufficient_scope\"",
                "Basic realm=\"a \\\"quoted\\\" realm\", Digest qop=auth"));
    assertThat(challenges).extracting(Challenge::scheme).containsExactly("bearer", "basic", "digest");
    assertThat(challenges.getFirst().parameter("scope")).isEqualTo("repository:a/b:pull,push");
    assertThat(challenges.getFirst().parameter("error")).isEqualTo("insufficient_scope");
    assertThat(challenges.get(1).parameter("realm")).isEqualTo("a \"quoted\" realm");
    assertThat(challenges.get(2).parameter("qop")).isEqualTo("auth");
    assertThat(Challenge.parse(List.of("Basic"))).hasSize(1);
  }

  @Test
  void anyHeaderIsReadToItsEnd() {
    Random random = new Random(3);
    String alphabet = "Bearer realm=\"x\",\\ \t=scope";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder header = new StringBuilder();
      for (int n = random.nextInt(30); n >= 0; n--) {
        header.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      Challenge.parse(List.of(header.toString()));
    }
  }

  @Test
  void loopbackAndConfiguredRegistriesAreInsecure() {
    InsecureRegistries insecure = new InsecureRegistries(List.of("registry.lan:5000", "mirror.lan", "10.0.0.0/8", "fd00::/8"));
    for (String authority : List.of("localhost", "localhost:5000", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000", "registry.lan:5000", "mirror.lan", "mirror.lan:80", "10.1.2.3:5000", "[fd00::1]")) {
      assertThat(insecure.contains(authority)).as(authority).isTrue();
    }
    for (String authority : List.of("registry.lan", "registry.lan:5001", "11.0.0.1", "[2001:db8::1]:5000", "192.168.0.1")) {
      assertThat(insecure.contains(authority)).as(authority).isFalse();
    }
    assertThatThrownBy(() -> new InsecureRegistries(List.of("10.0.0.0/99"))).isInstanceOf(ProaException.class);
  }

  @Test
  void theProxyOfTheEnvironmentIsUsed() {
    EnvironmentProxy proxies =
        EnvironmentProxy.ofEnvironment(Map.of("HTTPS_PROXY", "http://proxy.lan:3128", "http_proxy", "other:8080", "NO_PROXY", "internal.lan, .corp, 10.0.0.0/8,host:5000"));
    assertThat(select(proxies, "https://registry-1.docker.io/v2/")).isEqualTo("proxy.lan:3128");
    assertThat(select(proxies, "http://example.com/")).isEqualTo("other:8080");
    for (String direct : List.of("https://internal.lan/", "https://a.internal.lan/", "https://a.corp/", "https://10.1.1.1/", "http://localhost:5000/", "http://127.0.0.1/", "https://[::1]/", "https://host:5000/")) {
      assertThat(select(proxies, direct)).as(direct).isEqualTo("DIRECT");
    }
    assertThat(select(proxies, "https://host/")).isEqualTo("proxy.lan:3128");
    assertThat(select(EnvironmentProxy.ofEnvironment(Map.of()), "https://example.com/")).isEqualTo("DIRECT");
    assertThat(select(EnvironmentProxy.ofEnvironment(Map.of("HTTPS_PROXY", "::not one::")), "https://example.com/")).isEqualTo("DIRECT");
  }

  private static String select(EnvironmentProxy proxies, String uri) {
    Proxy proxy = proxies.select(URI.create(uri)).getFirst();
    return proxy.type() == Proxy.Type.DIRECT ? "DIRECT" : proxy.address().toString().replace("/<unresolved>", "");
  }

  @Test
  void whateverAChallengeIsItIsReadAndNothingElse() {
    Corpus.feed(
        "challenge",
        50_000,
        bytes ->
            assertThat(Challenge.parse(List.of(new String(bytes, StandardCharsets.ISO_8859_1))))
                .allSatisfy(challenge -> assertThat(challenge.scheme()).isNotEmpty().isLowerCase()));
  }
}
