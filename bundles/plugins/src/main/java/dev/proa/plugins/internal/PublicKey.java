package dev.proa.plugins.internal;

import dev.proa.plugins.TrustedKeys.Key;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.RSADigestSigner;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/**
 * A public key that signatures are verified by: RSA (PKCS #1 v1.5 with SHA-256), ECDSA with SHA-256, Ed25519. Those are what {@code openssl dgst -sha256
 * -sign}, {@code openssl pkeyutl -sign -rawin} and {@code cosign sign-blob} make, binary or in base64.
 *
 * @param encoded X.509 SubjectPublicKeyInfo
 */
record PublicKey(byte[] encoded, AsymmetricKeyParameter parameters) {
  private static final int LEAST_RSA_BITS = 2048;

  /** {@code INVALID_ARGUMENT} for what is neither a public key nor a certificate in PEM, or of a kind that is not verified. */
  static PublicKey parse(String pem) {
    try (PemReader reader = new PemReader(new StringReader(pem))) {
      PemObject object = reader.readPemObject();
      if (object == null) {
        throw ProaException.invalid("no PEM in it: it needs -----BEGIN PUBLIC KEY----- or -----BEGIN CERTIFICATE-----");
      }
      SubjectPublicKeyInfo info =
          switch (object.getType()) {
            case "PUBLIC KEY" -> SubjectPublicKeyInfo.getInstance(object.getContent());
            case "CERTIFICATE" -> new X509CertificateHolder(object.getContent()).getSubjectPublicKeyInfo();
            default -> throw ProaException.invalid("a " + object.getType() + " is neither a public key nor a certificate");
          };
      AsymmetricKeyParameter parameters = PublicKeyFactory.createKey(info);
      if (parameters instanceof RSAKeyParameters rsa && rsa.getModulus().bitLength() < LEAST_RSA_BITS) {
        throw ProaException.invalid("an RSA key of " + rsa.getModulus().bitLength() + " bits: it needs " + LEAST_RSA_BITS);
      }
      PublicKey key = new PublicKey(info.getEncoded("DER"), parameters);
      key.algorithm(); // refuses what is not verified
      return key;
    } catch (IOException | IllegalArgumentException e) {
      throw ProaException.invalid("cannot read the key: " + e.getMessage());
    }
  }

  private String algorithm() {
    return switch (parameters) {
      case RSAKeyParameters rsa -> "RSA-" + rsa.getModulus().bitLength();
      case ECPublicKeyParameters ec -> "ECDSA-" + ec.getParameters().getCurve().getFieldSize();
      case Ed25519PublicKeyParameters _ -> "Ed25519";
      default -> throw ProaException.invalid("keys of this kind are not verified: RSA, ECDSA and Ed25519 are");
    };
  }

  Key named(String name) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(encoded);
      return new Key(name, algorithm(), "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** @param signature binary, or in base64 with or without line ends */
  boolean verifies(byte[] content, byte[] signature) {
    List<byte[]> forms = new ArrayList<>(List.of(signature));
    try {
      forms.add(Base64.getMimeDecoder().decode(new String(signature, StandardCharsets.US_ASCII).strip()));
    } catch (IllegalArgumentException e) {
      // it is binary
    }
    for (byte[] form : forms) {
      Signer signer =
          switch (parameters) {
            case RSAKeyParameters _ -> new RSADigestSigner(new SHA256Digest());
            case ECPublicKeyParameters _ -> new DSADigestSigner(new ECDSASigner(), new SHA256Digest());
            default -> new Ed25519Signer();
          };
      signer.init(false, parameters);
      signer.update(content, 0, content.length);
      if (signer.verifySignature(form)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PublicKey key && Arrays.equals(encoded, key.encoded);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(encoded);
  }
}
