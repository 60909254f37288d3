package dev.proa.registry.cosign;

import dev.proa.spi.policy.ImageArtifacts.Document;
import dev.proa.spi.policy.ImageSubject;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * One signature: the payload, in the form of "simple signing" ({@code sigstore/cosign, specs/SIGNATURE_SPEC.md}), and what was signed of it.
 *
 * @param payload the bytes that were signed
 * @param signature ASN.1 for ECDSA, 64 bytes for Ed25519
 */
record Signature(Document payload, byte[] signature) {
  private static final String TYPE = "cosign container image signature";
  /** What other tools of the same form write. */
  private static final String ATOMIC_TYPE = "atomic container signature";

  /** Why a signature proves nothing; empty if it does. */
  Optional<String> objection(Rule rule, ImageSubject subject, Instant now) {
    List<PublicKey> makers = rule.keys().stream().filter(key -> key.signed(payload.content(), signature)).toList();
    if (makers.isEmpty()) {
      return Optional.of("made by none of the keys " + String.join(", ", rule.keys().stream().map(PublicKey::name).toList()));
    }
    // Only now is there any sense in what it says.
    if (makers.stream().allMatch(key -> key.hasEnded(now))) {
      return Optional.of("made by the key " + makers.getFirst().name() + ", which ended at " + makers.getFirst().until());
    }
    JsonNode json = Documents.object(payload.content()).orElse(null);
    if (json == null) {
      return Optional.of("what was signed is no JSON object");
    }
    JsonNode critical = json.path("critical");
    String type = Documents.text(critical.path("type"));
    if (!type.equals(TYPE) && !type.equals(ATOMIC_TYPE)) {
      return Optional.of("what was signed is no signature of an image but \"" + shortened(type) + "\"");
    }
    String digest = Documents.text(critical.path("image").path("docker-manifest-digest"));
    if (!subject.digests().contains(digest)) {
      return Optional.of("it signs " + shortened(digest));
    }
    SignedName signed = SignedName.parse(Documents.text(critical.path("identity").path("docker-reference")));
    if (!rule.accepts(signed, subject.repository()) || !signed.agreesWith(SignedName.parse(subject.reference()))) {
      return Optional.of("it was made for " + shortened(Documents.text(critical.path("identity").path("docker-reference"))));
    }
    return expiry(json.path("optional").path("expires"), now);
  }

  /** {@code cosign sign -a expires=2027-01-01T00:00:00Z}. */
  private static Optional<String> expiry(JsonNode expires, Instant now) {
    if (expires.isMissingNode() || expires.isNull()) {
      return Optional.empty();
    }
    try {
      Instant end = OffsetDateTime.parse(Documents.text(expires)).toInstant();
      return now.isBefore(end) ? Optional.empty() : Optional.of("it expired at " + end);
    } catch (DateTimeException e) {
      return Optional.of("its \"expires\" is no time");
    }
  }

  /** The keys that made it, in words. */
  String makers(Rule rule) {
    return String.join(", ", rule.keys().stream().filter(key -> key.signed(payload.content(), signature)).map(PublicKey::name).toList());
  }

  private static String shortened(String text) {
    String printable = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?");
    return printable.isEmpty() ? "nothing" : printable.length() <= 200 ? printable : printable.substring(0, 200) + "…";
  }
}
