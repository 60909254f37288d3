package dev.proa.registry.certificate;

import dev.proa.spi.ProaException;
import dev.proa.spi.registry.TlsMaterial;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/** PEM files of certificates and keys: PKCS #1, SEC 1 and PKCS #8. No error shows what a key file holds. */
final class Pem {
  private static final int MAX_BYTES = 1 << 20;

  private Pem() {}

  /** All certificates of a file, in DER. */
  static List<byte[]> certificates(Path file) {
    List<byte[]> found = new ArrayList<>();
    for (Object object : objects(file)) {
      if (object instanceof X509CertificateHolder certificate) {
        try {
          found.add(certificate.getEncoded());
        } catch (IOException e) {
          throw ProaException.failedPrecondition(file + " holds a certificate that cannot be read");
        }
      }
    }
    if (found.isEmpty()) {
      throw ProaException.failedPrecondition(file + " holds no certificate in PEM");
    }
    return found;
  }

  static TlsMaterial.Identity identity(Path certificates, Path keyFile) {
    PrivateKeyInfo key = key(keyFile);
    try {
      return new TlsMaterial.Identity(certificates(certificates), algorithm(key, keyFile), key.getEncoded());
    } catch (IOException e) {
      throw ProaException.failedPrecondition(keyFile + " holds a key that cannot be read");
    }
  }

  private static PrivateKeyInfo key(Path file) {
    for (Object object : objects(file)) {
      switch (object) {
        case PEMKeyPair pair -> {
          return pair.getPrivateKeyInfo();
        }
        case PrivateKeyInfo info -> {
          return info;
        }
        case PKCS8EncryptedPrivateKeyInfo _ -> throw encrypted(file);
        case PEMEncryptedKeyPair _ -> throw encrypted(file);
        default -> {}
      }
    }
    throw ProaException.failedPrecondition(file + " holds no private key in PEM");
  }

  private static ProaException encrypted(Path file) {
    return ProaException.failedPrecondition("the key " + file + " has a pass phrase, which nobody is there to type; store it without");
  }

  private static String algorithm(PrivateKeyInfo key, Path file) {
    ASN1ObjectIdentifier id = key.getPrivateKeyAlgorithm().getAlgorithm();
    if (id.equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return "RSA";
    }
    if (id.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return "EC";
    }
    if (id.equals(EdECObjectIdentifiers.id_Ed25519)) {
      return "Ed25519";
    }
    throw ProaException.failedPrecondition("the key " + file + " is of a kind that TLS is not spoken with here: " + id.getId() + "; use RSA, EC or Ed25519");
  }

  private static List<Object> objects(Path file) {
    List<Object> objects = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file);
        Reader reader = new InputStreamReader(in, StandardCharsets.ISO_8859_1);
        PEMParser parser = new PEMParser(reader)) {
      if (Files.size(file) > MAX_BYTES) {
        throw ProaException.failedPrecondition(file + " is larger than " + MAX_BYTES + " bytes");
      }
      for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
        objects.add(object);
      }
      return objects;
    } catch (IOException | RuntimeException e) {
      if (e instanceof ProaException known) {
        throw known;
      }
      throw ProaException.failedPrecondition("cannot read " + file + ": it is no PEM file (" + e.getClass().getSimpleName() + ")");
    }
  }
}
