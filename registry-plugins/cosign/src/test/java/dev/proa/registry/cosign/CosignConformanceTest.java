package dev.proa.registry.cosign;

import dev.proa.spi.conformance.ImageVerifierSuite;
import dev.proa.spi.conformance.MemoryArtifacts;
import dev.proa.spi.policy.ImageVerifier;
import dev.proa.spi.policy.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

class CosignConformanceTest extends ImageVerifierSuite {
  private final Signing trusted;
  private final Signing stranger;

  CosignConformanceTest() throws Exception {
    trusted = Signing.p256();
    stranger = Signing.p256();
  }

  @Override
  protected ImageVerifier newVerifier() {
    return new CosignVerifier();
  }

  @Override
  protected void writePolicy(Path stateDir, Requirement mode) throws Exception {
    Files.writeString(stateDir.resolve("team.pub"), trusted.pem());
    Files.writeString(
        stateDir.resolve("policy.json"),
        "{\"rules\":[{\"images\":\"%s\",\"mode\":\"%s\",\"keys\":[\"team.pub\"]}]}".formatted(REPOSITORY, mode.name().toLowerCase(Locale.ROOT)));
  }

  @Override
  protected void breakPolicy(Path stateDir) throws Exception {
    Files.writeString(stateDir.resolve("policy.json"), "{\"rules\":[");
  }

  @Override
  protected void sign(MemoryArtifacts artifacts, String reference, String digest) throws Exception {
    Signing.put(artifacts, digest, trusted.layer(artifacts, Signing.payload(reference, digest, "null")));
  }

  @Override
  protected void signAsStranger(MemoryArtifacts artifacts, String reference, String digest) throws Exception {
    Signing.put(artifacts, digest, stranger.layer(artifacts, Signing.payload(reference, digest, "null")));
  }
}
