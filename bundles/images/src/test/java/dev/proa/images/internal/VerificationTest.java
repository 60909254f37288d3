package dev.proa.images.internal;

import static dev.proa.images.internal.FaultyRegistry.reply;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.images.ImageEvent;
import dev.proa.images.PullRequest;
import dev.proa.images.internal.content.Digest;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images with and without signatures, through the real image verifier, from a registry on loopback. */
@Timeout(60)
class VerificationTest {
  private static final String OCI = "application/vnd.oci.image.manifest.v1+json";
  private static final String GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";

  private final byte[] layer = Tars.randomLayer(200_000, 3);
  private final byte[] blob = Tars.gzip(layer);
  private final TestImage image = TestImage.of(layer);
  private final byte[] manifest = image.manifest(OCI, List.of(blob), GZIP);
  private final List<ImageEvent> events = Collections.synchronizedList(new ArrayList<>());
  private KeyPair key;
  private FaultyRegistry registry;
  private TestBed bed;
  private Path policies;

  @BeforeEach
  void open(@TempDir Path root) throws Exception {
    key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    registry = new FaultyRegistry().image("a/b", "latest", image, List.of(blob));
    bed = new TestBed(root, List.of(), Duration.ofMillis(100));
    bed.images().subscribe(events::add);
    policies = root.resolve("policy/cosign");
    Files.writeString(policies.resolve("team.pub"), "-----BEGIN PUBLIC KEY-----\n" + base64(key.getPublic().getEncoded()) + "\n-----END PUBLIC KEY-----\n");
  }

  @AfterEach
  void close() {
    bed.close();
    registry.close();
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private String name() {
    return registry.host + "/a/b";
  }

  private void policy(String mode) throws Exception {
    Files.writeString(
        policies.resolve("policy.json"), "{\"rules\":[{\"images\":\"%s/**\",\"mode\":\"%s\",\"keys\":[\"team.pub\"]}]}".formatted(registry.host, mode));
  }

  /** Puts a signature of a manifest beside it. */
  private void sign(String digest) throws Exception {
    signAs(name(), "a/b", digest);
  }

  private void signAs(String reference, String repository, String digest) throws Exception {
    byte[] payload =
        "{\"critical\":{\"identity\":{\"docker-reference\":\"%s\"},\"image\":{\"docker-manifest-digest\":\"%s\"},\"type\":\"cosign container image signature\"}}"
            .formatted(reference, digest)
            .getBytes(StandardCharsets.UTF_8);
    Signature signer = Signature.getInstance("Ed25519");
    signer.initSign(key.getPrivate());
    signer.update(payload);
    byte[] signatures =
        "{\"schemaVersion\":2,\"layers\":[{\"mediaType\":\"application/vnd.dev.cosign.simplesigning.v1+json\",\"size\":%d,\"digest\":\"%s\",\"annotations\":{\"dev.cosignproject.cosign/signature\":\"%s\"}}]}"
            .formatted(payload.length, Digest.of(payload), base64(signer.sign()))
            .getBytes(StandardCharsets.UTF_8);
    registry.blob(repository, payload).manifest(repository, digest.replace(':', '-') + ".sig", OCI, signatures);
  }

  private void pull() {
    bed.messages.clear();
    bed.images().pull(new PullRequest(name(), "latest", null, null), bed.sink());
  }

  private void use(String nameOrId) {
    bed.images().admit(nameOrId, warnings::add);
  }

  private final List<String> warnings = new ArrayList<>();

  private static void denied(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.PERMISSION_DENIED))
        .hasMessageContainingAll(words);
  }

  private List<String> outcomes() {
    return events.stream().filter(event -> event.action().equals("verify")).map(event -> event.attributes().get("outcome")).toList();
  }

  // ---- Pulls

  @Test
  void withoutAPolicyNoSignatureIsAskedFor() {
    pull();
    use(name());
    assertThat(registry.requests).noneMatch(request -> request.contains("sha256-") || request.contains("referrers"));
    assertThat(outcomes()).isEmpty();
  }

  @Test
  void anImageWithoutASignatureIsRefusedBeforeAnyLayerIsFetched() throws Exception {
    policy("require");
    String digest = Digest.of(manifest).value();
    denied(this::pull, name() + ":latest (" + digest + ") is not verified: no signature of " + digest + " was found (image policy of cosign)");
    assertThat(bed.isEmpty()).isTrue();
    assertThat(registry.count(FaultyRegistry.blobPath("a/b", blob))).isZero();
    assertThat(outcomes()).containsExactly("refused");
    assertThat(events.getLast().attributes()).containsEntry("name", name()).containsEntry("verifier", "cosign").containsEntry("digest", digest);
  }

  @Test
  void anImageWithASignatureIsPulledAndSaysSo() throws Exception {
    policy("require");
    String digest = Digest.of(manifest).value();
    sign(digest);
    pull();
    assertThat(bed.statuses()).contains("Verified: " + name() + ":latest (" + digest + ") by cosign, key team.pub");
    assertThat(outcomes()).containsExactly("verified");
    use(name());
    use(image.id());
    use(image.id().substring(7, 19));
    use(name() + "@" + digest);
  }

  @Test
  void anIndexIsVerifiedByItsSignatureForEachOfItsImages() throws Exception {
    policy("require");
    byte[] index =
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d,\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}]}"
            .formatted(OCI, Digest.of(manifest), manifest.length)
            .getBytes(StandardCharsets.UTF_8);
    registry.manifest("a/b", Digest.of(manifest).value(), OCI, manifest).manifest("a/b", "latest", "application/vnd.oci.image.index.v1+json", index);
    sign(Digest.of(index).value());
    bed.images().pull(new PullRequest(name(), "latest", "linux/amd64", null), bed.sink());
    use(name());
  }

  @Test
  void whereItIsOnlyWishedForAPullGoesOnWithAWarning() throws Exception {
    policy("warn");
    pull();
    assertThat(bed.statuses()).anyMatch(status -> status.startsWith("Warning: " + name() + ":latest (") && status.contains("is not verified"));
    use(name());
    assertThat(warnings).singleElement().asString().startsWith(name());
    assertThat(outcomes()).containsExactly("unverified", "unverified");
  }

  @Test
  void aSignatureThatCannotBeFetchedIsNone() throws Exception {
    policy("require");
    sign(Digest.of(manifest).value());
    String tag = "/v2/a/b/manifests/" + Digest.of(manifest).value().replace(':', '-') + ".sig";
    registry.on(tag, (exchange, turn) -> reply(exchange, 500, "text/plain", "down".getBytes()));
    denied(this::pull, "is not verified: received unexpected HTTP status: 500");
    registry.on(tag, (exchange, turn) -> reply(exchange, 200, OCI, "<html>".getBytes()));
    denied(this::pull, "what stands in its place is none");
    byte[] endless = new byte[5 << 20];
    Arrays.fill(endless, (byte) ' ');
    registry.on(tag, (exchange, turn) -> reply(exchange, 200, OCI, endless));
    denied(this::pull, "is larger than");
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void aMirrorWithoutTheSignatureIsPassedOver(@TempDir Path root) throws Exception {
    registry.image("library/x", "latest", image, List.of(blob));
    signAs("docker.io/library/x", "library/x", Digest.of(manifest).value());
    try (FaultyRegistry bare = new FaultyRegistry().image("library/x", "latest", image, List.of(blob));
        TestBed mirrored = new TestBed(root, List.of("http://" + bare.host, "http://" + registry.host), Duration.ofMillis(100))) {
      Files.copy(policies.resolve("team.pub"), root.resolve("policy/cosign/team.pub"));
      Files.writeString(root.resolve("policy/cosign/policy.json"), "{\"rules\":[{\"images\":\"docker.io/**\",\"mode\":\"require\",\"keys\":[\"team.pub\"]}]}");
      mirrored.images().pull(new PullRequest("x", "latest", null, null), mirrored.sink());
      assertThat(mirrored.images().admit("x", warnings::add).id()).isEqualTo(image.id());
      assertThat(bare.count("/v2/library/x/manifests")).isPositive();
    }
  }

  // ---- Use

  @Test
  void anImageThatWasHereBeforeThePolicyIsNotUsedUntilItIsPulledAgain() throws Exception {
    pull();
    use(name());
    policy("require");
    sign(Digest.of(manifest).value());
    denied(() -> use(name()), name() + " (" + image.id() + ") is not verified: no signature is known here", "pull it");
    denied(() -> use(image.id()), "is not verified");
    pull();
    assertThat(bed.statuses()).last().isEqualTo("Status: Image is up to date for " + name() + ":latest");
    use(name());
    use(image.id());
    // It needs neither the registry nor this run of the daemon.
    registry.close();
    bed.close();
    bed.open();
    use(name());
  }

  @Test
  void aKeyThatIsWithdrawnEndsTheUseOfWhatItSigned() throws Exception {
    policy("require");
    sign(Digest.of(manifest).value());
    pull();
    use(name());
    byte[] other = KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic().getEncoded();
    Files.writeString(policies.resolve("team.pub"), "-----BEGIN PUBLIC KEY-----\n" + base64(other) + "\n-----END PUBLIC KEY-----\n");
    denied(() -> use(name()), "made by none of the keys team.pub");
  }

  @Test
  void whatWasMadeHereHasNoSignature() throws Exception {
    bed.load(image.legacyArchive(name() + ":mine"));
    use(name() + ":mine");
    policy("require");
    denied(() -> use(name() + ":mine"), "is not verified");
    // Another name of a repository of which nothing is asked.
    bed.images().tag(name() + ":mine", "elsewhere/mine", null);
    use("elsewhere/mine");
    denied(() -> use(image.id()), name());
  }

  @Test
  void theLayersOfABuildAreNotAskedForASignature() throws Exception {
    bed.load(image.legacyArchive("elsewhere/base:1"));
    String stack = bed.images().stackOf(image.id()).id();
    Files.writeString(policies.resolve("policy.json"), "{\"default\":\"require\"}");
    use(stack);
    denied(() -> use("elsewhere/base:1"), "the policy names no key for it");
  }

  @Test
  void aNameGivenHereBringsNoSignatureAlong() throws Exception {
    policy("require");
    sign(Digest.of(manifest).value());
    pull();
    byte[] other = Tars.layer("etc/x", "x");
    TestImage unsigned = TestImage.of(other);
    bed.load(unsigned.legacyArchive("elsewhere/x:1"));
    bed.images().tag("elsewhere/x:1", name(), "latest");
    denied(() -> use(name() + ":latest"), "is not verified");
    use(image.id());
  }

  // ---- The plugin and its policy

  @Test
  void aVerifierThatIsSetUpAndNotThereLetsNothingIn() throws Exception {
    policy("require");
    sign(Digest.of(manifest).value());
    pull();
    bed.verifierThere = false;
    for (org.assertj.core.api.ThrowableAssert.ThrowingCallable call : List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(this::pull, () -> use(name()))) {
      assertThatThrownBy(call)
          .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.UNAVAILABLE))
          .hasMessageContaining("images are verified by cosign, which is not there now: put its plugin back, or empty " + policies);
    }
    bed.verifierThere = true;
    use(name());
  }

  @Test
  void aPolicyThatIsBrokenLetsNothingIn() throws Exception {
    pull();
    Files.writeString(policies.resolve("policy.json"), "{\"rules\": nonsense}");
    assertThatThrownBy(this::pull).hasMessageContaining("the image policy " + policies.resolve("policy.json") + " cannot be used, so that no image can");
    assertThatThrownBy(() -> use(name())).hasMessageContaining("cannot be used, so that no image can");
    Files.delete(policies.resolve("policy.json"));
    use(name());
  }

  // ---- What is kept

  @Test
  void signaturesGoWithTheirImageAndOldOnesWithNewOnes() throws Exception {
    policy("require");
    sign(Digest.of(manifest).value());
    pull();
    // Configuration, layer, manifest, signature and what was signed.
    assertThat(bed.blobs()).hasSize(5);
    key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    Files.writeString(policies.resolve("team.pub"), "-----BEGIN PUBLIC KEY-----\n" + base64(key.getPublic().getEncoded()) + "\n-----END PUBLIC KEY-----\n");
    sign(Digest.of(manifest).value());
    pull();
    assertThat(bed.blobs()).hasSize(5);
    use(name());
    bed.images().remove(name(), false, true, TestBed.NOBODY);
    assertThat(bed.isEmpty()).isTrue();
    assertThat(bed.images().list(Map.of())).isEmpty();
  }
}
