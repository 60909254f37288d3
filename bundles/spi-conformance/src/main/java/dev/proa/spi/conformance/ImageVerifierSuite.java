package dev.proa.spi.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.policy.ImageSubject;
import dev.proa.spi.policy.ImageVerifier;
import dev.proa.spi.policy.Requirement;
import dev.proa.spi.policy.Verification;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an {@link ImageVerifier} has to do. Its test extends this and says how its policy is written and how an image is signed, by the signer whom the policy
 * trusts and by another one.
 */
@Timeout(60)
public abstract class ImageVerifierSuite {
  /** The repository that the suite's policies are about. */
  protected static final String REPOSITORY = "registry.example/team/app";

  private static final String REFERENCE = REPOSITORY + ":1";
  private static final String INDEX = MemoryArtifacts.digest("the index".getBytes(StandardCharsets.UTF_8));
  private static final String MANIFEST = MemoryArtifacts.digest("the manifest".getBytes(StandardCharsets.UTF_8));
  private static final ImageSubject IMAGE = new ImageSubject(REPOSITORY, REFERENCE, List.of(INDEX, MANIFEST));

  @TempDir protected Path directory;

  private Folders context;
  private ImageVerifier verifier;

  /** A verifier that is not open yet. Two of them may be open over the same folders. */
  protected abstract ImageVerifier newVerifier();

  /** Writes a policy that asks this of {@link #REPOSITORY}, with the trusted signer, and nothing of all others. */
  protected abstract void writePolicy(Path stateDir, Requirement mode) throws Exception;

  /** Leaves a policy that cannot be read. */
  protected abstract void breakPolicy(Path stateDir) throws Exception;

  /** Puts a proof of the trusted signer for an image beside it. */
  protected abstract void sign(MemoryArtifacts artifacts, String reference, String digest) throws Exception;

  /** The same by somebody else. */
  protected abstract void signAsStranger(MemoryArtifacts artifacts, String reference, String digest) throws Exception;

  @BeforeEach
  final void openVerifier() throws IOException {
    context = Folders.below(directory);
    verifier = newVerifier();
    verifier.open(context);
  }

  @AfterEach
  final void closeVerifier() {
    verifier.close();
    verifier.close(); // idempotent
  }

  private Verification verify(MemoryArtifacts artifacts) {
    return verifier.verify(IMAGE, artifacts);
  }

  private void refuses(MemoryArtifacts artifacts) {
    Verification result = verify(artifacts);
    assertThat(result.verified()).as(result.detail()).isFalse();
    assertThat(result.detail()).isNotBlank().doesNotEndWith(".").hasSizeLessThan(2000).doesNotContainPattern("\\p{Cntrl}");
  }

  // ---- The policy

  @Test
  void withoutAPolicyNothingIsAsked() {
    assertThat(verifier.requirement(REPOSITORY)).isEqualTo(Requirement.OFF);
    assertThat(verifier.requirement("")).isEqualTo(Requirement.OFF);
  }

  @Test
  void thePolicyIsReadAnewEachTime() throws Exception {
    for (Requirement mode : List.of(Requirement.REQUIRE, Requirement.OFF, Requirement.WARN, Requirement.REQUIRE)) {
      writePolicy(context.stateDir(), mode);
      assertThat(verifier.requirement(REPOSITORY)).isEqualTo(mode);
      assertThat(verifier.requirement("registry.example/other")).isEqualTo(Requirement.OFF);
      assertThat(verifier.requirement("registry.example/team/app/below")).isEqualTo(Requirement.OFF);
    }
  }

  @Test
  void aPolicyThatCannotBeReadLetsNothingIn() throws Exception {
    writePolicy(context.stateDir(), Requirement.REQUIRE);
    assertThat(verifier.requirement(REPOSITORY)).isEqualTo(Requirement.REQUIRE);
    breakPolicy(context.stateDir());
    assertThatThrownBy(() -> verifier.requirement(REPOSITORY))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.FAILED_PRECONDITION))
        .hasMessageContaining(context.stateDir().toString());
    assertThatThrownBy(() -> verifier.requirement("registry.example/other")).isInstanceOf(ProaException.class);
  }

  @Test
  void oneThatIsClosedAnswersNothing() throws Exception {
    writePolicy(context.stateDir(), Requirement.OFF);
    verifier.close();
    assertThatThrownBy(() -> verifier.requirement(REPOSITORY))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.UNAVAILABLE));
  }

  @Test
  void aSecondInstanceOverTheSameFoldersSaysTheSame() throws Exception {
    writePolicy(context.stateDir(), Requirement.REQUIRE);
    MemoryArtifacts artifacts = new MemoryArtifacts();
    sign(artifacts, REFERENCE, INDEX);
    try (ImageVerifier second = newVerifier()) {
      second.open(context);
      assertThat(second.requirement(REPOSITORY)).isEqualTo(Requirement.REQUIRE);
      assertThat(second.verify(IMAGE, artifacts)).isEqualTo(verify(artifacts));
    }
    assertThat(verify(artifacts).verified()).isTrue();
  }

  // ---- Proofs

  @Test
  void aProofForTheIndexOrTheManifestIsEnough() throws Exception {
    writePolicy(context.stateDir(), Requirement.REQUIRE);
    for (String digest : List.of(INDEX, MANIFEST)) {
      MemoryArtifacts artifacts = new MemoryArtifacts();
      sign(artifacts, REFERENCE, digest);
      Verification result = verify(artifacts);
      assertThat(result.verified()).as(result.detail()).isTrue();
      assertThat(result.detail()).isNotBlank();
    }
  }

  @Test
  void whatItReadIsEnoughToAskItAgain() throws Exception {
    writePolicy(context.stateDir(), Requirement.REQUIRE);
    MemoryArtifacts artifacts = new MemoryArtifacts();
    sign(artifacts, REFERENCE, INDEX);
    verify(artifacts);
    List<String> first = artifacts.questions();
    verify(artifacts);
    assertThat(artifacts.questions().subList(first.size(), artifacts.questions().size())).isEqualTo(first);
  }

  @Test
  void withoutAProofNothingIsVerified() throws Exception {
    writePolicy(context.stateDir(), Requirement.REQUIRE);
    refuses(new MemoryArtifacts());
    assertThat(verifier.verify(new ImageSubject(REPOSITORY, "", List.of()), new MemoryArtifacts()).verified()).isFalse();
    assertThat(verifier.verify(new ImageSubject("", "", List.of()), new MemoryArtifacts()).verified()).isFalse();
  }

  @Test
  void aStrangersProofIsNone() throws Exception {
    writePolicy(context.stateDir(), Requirement.REQUIRE);
    MemoryArtifacts artifacts = new MemoryArtifacts();
    signAsStranger(artifacts, REFERENCE, INDEX);
    refuses(artifacts);
  }

  @Test
  void aProofForAnotherRepositoryIsNone() throws Exception {
    writePolicy(context.stateDir(), Requirement.REQUIRE);
    MemoryArtifacts artifacts = new MemoryArtifacts();
    sign(artifacts, "registry.example/team/other:1", INDEX);
    refuses(artifacts);
  }

  @Test
  void aProofThatStandsAtAnotherImageIsNone() throws Exception {
    writePolicy(context.stateDir(), Requirement.REQUIRE);
    String other = MemoryArtifacts.digest("another manifest".getBytes(StandardCharsets.UTF_8));
    MemoryArtifacts artifacts = new MemoryArtifacts();
    sign(artifacts, REFERENCE, other);
    refuses(artifacts);
    // Put under this image's names by a registry that lies.
    MemoryArtifacts moved = artifacts.renamed(other, INDEX);
    refuses(moved);
    assertThat(moved.questions()).isNotEmpty();
  }

  @Test
  void garbageInThePlaceOfAProofIsNoException() throws Exception {
    writePolicy(context.stateDir(), Requirement.REQUIRE);
    MemoryArtifacts signed = new MemoryArtifacts();
    sign(signed, REFERENCE, INDEX);
    refuses(signed.with(content -> new byte[0]));
    refuses(signed.with(content -> "<html>please log in</html>".getBytes(StandardCharsets.UTF_8)));
    refuses(signed.with(content -> "[".repeat(100_000).getBytes(StandardCharsets.UTF_8)));
    refuses(signed.with(content -> new byte[4 << 20]));
    for (String json : List.of("null", "[]", "{}", "1e999999", "{\"layers\":{}}", "{\"layers\":[null,1,[],{}],\"manifests\":[null,7]}", "{\"a\":1,\"a\":2}")) {
      refuses(signed.with(content -> json.getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Test
  void noBitOfAProofMayBeAnother() throws Exception {
    writePolicy(context.stateDir(), Requirement.REQUIRE);
    MemoryArtifacts signed = new MemoryArtifacts();
    sign(signed, REFERENCE, INDEX);
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      long seed = random.nextLong();
      // The manifest around a payload is not signed: a change there may leave the proof what it was, and never makes one of something else.
      Verification result = verify(signed.with(content -> damaged(content, seed)));
      assertThat(result.detail()).isNotBlank().doesNotContainPattern("\\p{Cntrl}");
    }
    refuses(signed.with(content -> new String(content, StandardCharsets.UTF_8).replace(INDEX, MANIFEST).getBytes(StandardCharsets.UTF_8)));
  }

  private static byte[] damaged(byte[] content, long seed) {
    Random random = new Random(seed);
    byte[] damaged = content.clone();
    switch (random.nextInt(3)) {
      case 0 -> damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      case 1 -> damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
      default -> Arrays.fill(damaged, random.nextInt(damaged.length), damaged.length, (byte) random.nextInt());
    }
    return damaged;
  }

  @Test
  void aRegistryThatCannotBeReachedIsSaid() throws Exception {
    writePolicy(context.stateDir(), Requirement.REQUIRE);
    MemoryArtifacts artifacts = new MemoryArtifacts();
    sign(artifacts, REFERENCE, INDEX);
    artifacts.cutOff();
    assertThatThrownBy(() -> verify(artifacts))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.UNAVAILABLE));
  }
}
