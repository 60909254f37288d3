package dev.proa.registry.cosign;

import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.spi.policy.ImageArtifacts;
import dev.proa.spi.policy.ImageSubject;
import dev.proa.spi.policy.ImageVerifier;
import dev.proa.spi.policy.Requirement;
import dev.proa.spi.policy.Verification;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Verifies images by signatures as cosign and containers/image make them, with the public keys and by the rules of {@code policy.json} in its folder ({@code
 * policy/cosign} of the data root). Policy and keys are read again when their files change.
 */
public sealed class CosignVerifier implements ImageVerifier permits CosignComponent {
  public static final String NAME = "cosign";

  private static final int MAX_REASONS = 3;

  private volatile @Nullable Path file;
  private volatile @Nullable Policy read;

  @Override
  public void open(DriverContext context) {
    file = context.stateDir().resolve("policy.json");
  }

  @Override
  public void close() {
    file = null;
    read = null;
  }

  @Override
  public Requirement requirement(String repository) {
    return policy().ruleFor(repository).mode();
  }

  private Policy policy() {
    Path from = file;
    if (from == null) {
      throw ProaException.unavailable("image verifier " + NAME + " is closed", null);
    }
    Policy now = read;
    if (now == null || !now.stamp().isCurrent()) {
      now = Policy.read(from);
      read = now;
    }
    return now;
  }

  @Override
  public Verification verify(ImageSubject subject, ImageArtifacts artifacts) {
    Rule rule = policy().ruleFor(subject.repository());
    if (rule.keys().isEmpty()) {
      return Verification.refused("the policy names no key for it");
    }
    if (subject.digests().isEmpty()) {
      return Verification.refused(
          subject.repository().isEmpty()
              ? "an image without a name has no signature"
              : "no signature is known here, since it was not pulled from there, or before there was a policy; pull it");
    }
    Instant now = Instant.now();
    Set<String> objections = new LinkedHashSet<>();
    StringBuilder by = new StringBuilder();
    SignatureSearch search =
        new SignatureSearch(
            artifacts,
            signature -> {
              String objection = signature.objection(rule, subject, now).orElse(null);
              if (objection == null) {
                by.append("key ").append(signature.makers(rule));
                return true;
              }
              objections.add(objection);
              return false;
            });
    return search.of(subject) ? Verification.verified(by.toString()) : Verification.refused(why(subject, search, objections));
  }

  private static String why(ImageSubject subject, SignatureSearch search, Set<String> objections) {
    if (search.seen() == 0) {
      return "no signature of " + subject.digests().getFirst() + " was found" + (search.broken() > 0 ? "; what stands in its place is none" : "");
    }
    StringBuilder why = new StringBuilder(search.seen() == 1 ? "its signature is not accepted" : "none of " + search.seen() + " signatures is accepted");
    if (search.more()) {
      why.append(" (there are more, which are not looked at)");
    }
    if (search.broken() > 0) {
      objections.add("broken");
    }
    why.append(": ").append(String.join("; ", objections.stream().limit(MAX_REASONS).toList()));
    return why.append(objections.size() > MAX_REASONS ? "; …" : "").toString();
  }
}
