package dev.proa.registry.cosign;

import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.openssl.PEMParser;
import org.jspecify.annotations.Nullable;

/**
 * A public key of a policy: ECDSA on P-256 over SHA-256, or Ed25519, as {@code cosign.pub} holds it.
 *
 * @param name for messages: the file as the policy names it
 * @param until when it ends; null if it does not
 */
record PublicKey(String name, AsymmetricKeyParameter key, @Nullable Instant until) {
  private static final int MAX_BYTES = 64 << 10;

  static PublicKey read(String name, Path file, @Nullable Instant until) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw ProaException.failedPrecondition("cannot read the key " + file + ": " + e.getMessage());
    }
    if (bytes.length > MAX_BYTES) {
      throw ProaException.failedPrecondition("the key " + file + " is larger than " + MAX_BYTES + " bytes");
    }
    return new PublicKey(name, parse(new String(bytes, StandardCharsets.ISO_8859_1), file), until);
  }

  private static AsymmetricKeyParameter parse(String pem, Path file) {
    try (PEMParser parser = new PEMParser(new StringReader(pem))) {
      for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
        if (object instanceof SubjectPublicKeyInfo info) {
          return supported(PublicKeyFactory.createKey(info), file);
        }
      }
    } catch (IOException | RuntimeException e) {
      if (e instanceof ProaException known) {
        throw known;
      }
      throw ProaException.failedPrecondition("the key " + file + " is no public key in PEM (" + e.getClass().getSimpleName() + ")");
    }
    throw ProaException.failedPrecondition("the key " + file + " holds no public key in PEM (-----BEGIN PUBLIC KEY-----)");
  }

  private static AsymmetricKeyParameter supported(AsymmetricKeyParameter key, Path file) {
    return switch (key) {
      case Ed25519PublicKeyParameters ed25519 -> ed25519;
      case ECPublicKeyParameters ec when ec.getParameters() instanceof ECNamedDomainParameters named && isP256(named.getName()) -> ec;
      default -> throw ProaException.failedPrecondition("the key " + file + " is of a kind that is not supported: use ECDSA on P-256, or Ed25519");
    };
  }

  private static boolean isP256(ASN1ObjectIdentifier curve) {
    return curve.equals(SECObjectIdentifiers.secp256r1);
  }

  /** Whether this key made a signature of some bytes. What is no signature at all is none of this key. */
  boolean signed(byte[] message, byte[] signature) {
    Signer signer = key instanceof Ed25519PublicKeyParameters ? new Ed25519Signer() : new DSADigestSigner(new ECDSASigner(), new SHA256Digest());
    signer.init(false, key);
    signer.update(message, 0, message.length);
    try {
      return signer.verifySignature(signature);
    } catch (RuntimeException e) {
      return false;
    }
  }

  boolean hasEnded(Instant now) {
    return until != null && !now.isBefore(until);
  }
}
