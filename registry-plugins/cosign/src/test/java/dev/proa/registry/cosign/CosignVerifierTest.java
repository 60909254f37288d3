package dev.proa.registry.cosign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.spi.conformance.MemoryArtifacts;
import dev.proa.spi.policy.ImageSubject;
import dev.proa.spi.policy.Requirement;
import dev.proa.spi.policy.Verification;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The words of the policy, kinds of keys, and signatures that are none. */
class CosignVerifierTest {
  private static final String DIGEST = MemoryArtifacts.digest("image".getBytes(StandardCharsets.UTF_8));
  private static final String REPOSITORY = "docker.io/library/app";
  private static final ImageSubject IMAGE = new ImageSubject(REPOSITORY, REPOSITORY + ":1", List.of(DIGEST));

  @TempDir Path folder;
  private final CosignVerifier verifier = new CosignVerifier();
  private final MemoryArtifacts artifacts = new MemoryArtifacts();
  private Signing signing;

  @BeforeEach
  void open() throws Exception {
    signing = Signing.p256();
    Files.writeString(folder.resolve("a.pub"), signing.pem());
    verifier.open(
        new DriverContext() {
          @Override
          public Path stateDir() {
            return folder;
          }

          @Override
          public Path runDir() {
            return folder;
          }
        });
    policy("{\"rules\":[{\"images\":\"docker.io/**\",\"mode\":\"require\",\"keys\":[\"a.pub\"]}]}");
  }

  @AfterEach
  void close() {
    verifier.close();
  }

  private void policy(String json) throws Exception {
    Files.writeString(folder.resolve("policy.json"), json);
  }

  private Verification verify() {
    return verifier.verify(IMAGE, artifacts);
  }

  private void refused(String reason) {
    assertThat(verify()).satisfies(result -> assertThat(result.verified()).isFalse()).satisfies(result -> assertThat(result.detail()).contains(reason));
  }

  private void signed(byte[] payload) throws Exception {
    Signing.put(artifacts, DIGEST, signing.layer(artifacts, payload));
  }

  // ---- The policy

  @Test
  void theFirstRuleThatMatchesCounts() throws Exception {
    policy(
        """
        {"default": "warn", "rules": [
          {"images": "registry.example/team/*", "mode": "off"},
          {"images": "registry.example/**", "mode": "require", "keys": ["a.pub"]}]}
        """);
    assertThat(verifier.requirement("registry.example/team/x")).isEqualTo(Requirement.OFF);
    assertThat(verifier.requirement("registry.example/team/x/y")).isEqualTo(Requirement.REQUIRE);
    assertThat(verifier.requirement("registry.example/a.b")).isEqualTo(Requirement.REQUIRE);
    assertThat(verifier.requirement("registryXexample/team")).isEqualTo(Requirement.WARN);
    assertThat(verifier.requirement("")).isEqualTo(Requirement.WARN);
    assertThat(verifier.verify(new ImageSubject("elsewhere/x", "", List.of(DIGEST)), artifacts).detail()).isEqualTo("the policy names no key for it");
  }

  @Test
  void whatIsNotUnderstoodMakesAPolicyUnusable() throws Exception {
    for (String json :
        List.of(
            "",
            "[]",
            "{\"rules\":{}}",
            "{\"rule\":[]}",
            "{\"default\":\"on\"}",
            "{\"default\":1}",
            "{\"rules\":[{\"images\":\"**\",\"mode\":\"requires\"}]}",
            "{\"rules\":[{\"images\":\"**\"}]}",
            "{\"rules\":[{\"mode\":\"require\"}]}",
            "{\"rules\":[{\"images\":\"**\",\"mode\":\"require\",\"key\":[]}]}",
            "{\"rules\":[{\"images\":\"**\",\"mode\":\"require\",\"keys\":\"a.pub\"}]}",
            "{\"rules\":[{\"images\":\"**\",\"mode\":\"require\",\"keys\":[7]}]}",
            "{\"rules\":[{\"images\":\"**\",\"mode\":\"require\",\"keys\":[{\"file\":\"a.pub\",\"until\":\"soon\"}]}]}",
            "{\"rules\":[{\"images\":\"**\",\"mode\":\"require\",\"identity\":[{}]}]}",
            "{\"rules\":[{\"images\":\"**\",\"mode\":\"require\",\"keys\":[\"missing.pub\"]}]}",
            "{\"rules\":[],\"rules\":[]}")) {
      policy(json);
      assertThatThrownBy(() -> verifier.requirement(REPOSITORY)).as(json).isInstanceOf(ProaException.class).hasMessageContaining(folder.toString());
    }
  }

  @Test
  void aKeyThatIsReplacedCountsAtOnce() throws Exception {
    signed(Signing.payload(REPOSITORY, DIGEST, "null"));
    assertThat(verify().verified()).isTrue();
    Files.writeString(folder.resolve("a.pub"), Signing.p256().pem());
    refused("its signature is not accepted: made by none of the keys a.pub");
    Files.writeString(folder.resolve("a.pub"), signing.pem());
    assertThat(verify()).isEqualTo(Verification.verified("key a.pub"));
  }

  @Test
  void keysOfOtherKindsAreRefused() throws Exception {
    java.security.KeyPairGenerator rsa = java.security.KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    for (String pem : List.of(Signing.ec("secp384r1").pem(), new Signing(rsa.generateKeyPair()).pem())) {
      Files.writeString(folder.resolve("a.pub"), pem);
      assertThatThrownBy(() -> verifier.requirement(REPOSITORY)).hasMessageContaining("a.pub is of a kind that is not supported: use ECDSA on P-256, or Ed25519");
    }
    for (String pem : List.of("", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "-----BEGIN PUBLIC KEY-----\n")) {
      Files.writeString(folder.resolve("a.pub"), pem);
      assertThatThrownBy(() -> verifier.requirement(REPOSITORY)).hasMessageContaining("public key in PEM");
    }
  }

  // ---- Signatures

  @Test
  void bothKindsOfKeysVerify() throws Exception {
    for (Signing kind : List.of(Signing.p256(), Signing.ed25519())) {
      signing = kind;
      Files.writeString(folder.resolve("a.pub"), kind.pem());
      signed(Signing.payload(REPOSITORY, DIGEST, "null"));
      assertThat(verify()).isEqualTo(Verification.verified("key a.pub"));
    }
  }

  @Test
  void oneGoodSignatureAmongBadOnesIsEnough() throws Exception {
    byte[] payload = Signing.payload(REPOSITORY, DIGEST, "null");
    Signing.put(
        artifacts,
        DIGEST,
        Signing.layer("sha256:x", 1, "AAAA"),
        Signing.p256().layer(artifacts, payload),
        Signing.layer(artifacts.putBlob(payload), payload.length, "not base64"),
        signing.layer(artifacts, Signing.payload(REPOSITORY, MemoryArtifacts.digest(payload), "null")),
        signing.layer(artifacts, payload));
    assertThat(verify()).isEqualTo(Verification.verified("key a.pub"));
  }

  @Test
  void aReferrerIsASignatureToo() throws Exception {
    byte[] manifest = Signing.manifest(List.of(signing.layer(artifacts, Signing.payload(REPOSITORY, DIGEST, "null"))));
    String digest = artifacts.putManifest("none", "application/vnd.oci.image.manifest.v1+json", manifest);
    String sbom = artifacts.putManifest("sbom", "application/vnd.oci.image.manifest.v1+json", "{\"layers\":[]}".getBytes(StandardCharsets.UTF_8));
    artifacts.putReferrers(
        DIGEST,
        ("{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"%s\",\"size\":13,\"artifactType\":\"application/spdx+json\"},"
                + "{\"digest\":\"%s\",\"size\":%d,\"artifactType\":\"application/vnd.dev.cosign.artifact.sig.v1+json\"}]}")
            .formatted(sbom, digest, manifest.length)
            .getBytes(StandardCharsets.UTF_8));
    assertThat(verify()).isEqualTo(Verification.verified("key a.pub"));
    assertThat(artifacts.questions()).doesNotContain("manifest " + sbom);
  }

  @Test
  void whatWasSignedMustBeThisImage() throws Exception {
    String other = "sha256:" + "f".repeat(64);
    signed(Signing.payload(REPOSITORY, other, "null"));
    refused("it signs " + other);
    signed("{}".getBytes(StandardCharsets.UTF_8));
    refused("no signature of an image");
    signed("no json".getBytes(StandardCharsets.UTF_8));
    refused("no JSON object");
    signed(new String(Signing.payload(REPOSITORY, DIGEST, "null"), StandardCharsets.UTF_8).replace("cosign container", "git commit").getBytes(StandardCharsets.UTF_8));
    refused("no signature of an image but \"git commit image signature\"");
  }

  @Test
  void theNameThatWasSignedMustBeTheOneThatIsUsed() throws Exception {
    for (String good : List.of("docker.io/library/app", "index.docker.io/library/app", "app", "docker.io/library/app:1", "docker.io/library/app:1@" + DIGEST)) {
      signed(Signing.payload(good, DIGEST, "null"));
      assertThat(verify().verified()).as(good).isTrue();
    }
    for (String bad : List.of("", "docker.io/library/app:2", "docker.io/library/apple", "registry.example/library/app", "docker.io/app", "localhost/app")) {
      signed(Signing.payload(bad, DIGEST, "null"));
      refused("it was made for " + (bad.isEmpty() ? "nothing" : bad));
    }
  }

  @Test
  void aRuleMayNameOtherRepositoriesForWhichASignatureWasMade() throws Exception {
    policy("{\"rules\":[{\"images\":\"docker.io/**\",\"mode\":\"require\",\"keys\":[\"a.pub\"],\"identity\":[\"upstream.example/*\"]}]}");
    signed(Signing.payload("upstream.example/app", DIGEST, "null"));
    assertThat(verify().verified()).isTrue();
    signed(Signing.payload(REPOSITORY, DIGEST, "null"));
    refused("it was made for " + REPOSITORY);
  }

  @Test
  void whatHasExpiredIsNoProof() throws Exception {
    signed(Signing.payload(REPOSITORY, DIGEST, "{\"expires\":\"2020-01-01T00:00:00Z\"}"));
    refused("it expired at 2020-01-01T00:00:00Z");
    signed(Signing.payload(REPOSITORY, DIGEST, "{\"expires\":\"never\"}"));
    refused("its \"expires\" is no time");
    signed(Signing.payload(REPOSITORY, DIGEST, "{\"expires\":\"2999-01-01T00:00:00+01:00\",\"team\":\"x\"}"));
    assertThat(verify().verified()).isTrue();
    policy("{\"rules\":[{\"images\":\"**\",\"mode\":\"require\",\"keys\":[{\"file\":\"a.pub\",\"until\":\"2021-01-01T00:00:00Z\"}]}]}");
    refused("made by the key a.pub, which ended at 2021-01-01T00:00:00Z");
    policy("{\"rules\":[{\"images\":\"**\",\"mode\":\"require\",\"keys\":[{\"file\":\"a.pub\",\"until\":\"2999-01-01T00:00:00Z\"}]}]}");
    assertThat(verify().verified()).isTrue();
  }

  @Test
  void manySignaturesAreNotAllLookedAt() throws Exception {
    byte[] payload = Signing.payload(REPOSITORY, DIGEST, "null");
    List<String> layers = new ArrayList<>();
    Signing stranger = Signing.p256();
    for (int i = 0; i < 500; i++) {
      layers.add(stranger.layer(artifacts, Signing.payload(REPOSITORY, DIGEST, "{\"n\":" + i + "}")));
    }
    layers.add(signing.layer(artifacts, payload));
    Signing.put(artifacts, DIGEST, layers.toArray(String[]::new));
    refused("none of " + SignatureSearch.MAX_SIGNATURES + " signatures is accepted (there are more, which are not looked at): made by none of the keys a.pub");
    assertThat(artifacts.questions()).hasSizeLessThan(25);
  }

  @Test
  void aSignatureThatIsHugeIsNotRead() throws Exception {
    byte[] payload = Signing.payload(REPOSITORY, DIGEST, "\"" + "x".repeat(100_000) + "\"");
    signed(payload);
    refused("broken");
    assertThat(artifacts.questions()).noneMatch(question -> question.startsWith("blob"));
    // One whose size is a lie is read as far as the engine lets it, and not taken.
    Signing.put(artifacts, DIGEST, Signing.layer(artifacts.putBlob(payload), 100, Base64.getEncoder().encodeToString(signing.sign(payload))));
    refused("broken");
    Signing.put(artifacts, DIGEST, Signing.layer(artifacts.putBlob(payload), 100, "A".repeat(10_000)));
    refused("broken");
  }
}
