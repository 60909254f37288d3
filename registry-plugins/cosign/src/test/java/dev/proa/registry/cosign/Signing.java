package dev.proa.registry.cosign;

import dev.proa.spi.conformance.MemoryArtifacts;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Signs as cosign does, with the JDK's own cryptography and not the one that verifies. */
record Signing(KeyPair pair) {

  static Signing p256() throws GeneralSecurityException {
    return ec("secp256r1");
  }

  static Signing ec(String curve) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    return new Signing(generator.generateKeyPair());
  }

  static Signing ed25519() throws GeneralSecurityException {
    return new Signing(KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
  }

  String pem() {
    return "-----BEGIN PUBLIC KEY-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pair.getPublic().getEncoded())
        + "\n-----END PUBLIC KEY-----\n";
  }

  byte[] sign(byte[] message) throws GeneralSecurityException {
    java.security.Signature signer = java.security.Signature.getInstance(pair.getPublic().getAlgorithm().equals("EC") ? "SHA256withECDSA" : "Ed25519");
    signer.initSign(pair.getPrivate());
    signer.update(message);
    return signer.sign();
  }

  static byte[] payload(String reference, String digest, String optional) {
    return "{\"critical\":{\"identity\":{\"docker-reference\":\"%s\"},\"image\":{\"docker-manifest-digest\":\"%s\"},\"type\":\"cosign container image signature\"},\"optional\":%s}"
        .formatted(reference, digest, optional)
        .getBytes(StandardCharsets.UTF_8);
  }

  /** One layer of a signature manifest. */
  String layer(MemoryArtifacts artifacts, byte[] payload) throws GeneralSecurityException {
    return layer(artifacts.putBlob(payload), payload.length, Base64.getEncoder().encodeToString(sign(payload)));
  }

  static String layer(String digest, long size, String signature) {
    return "{\"mediaType\":\"application/vnd.dev.cosign.simplesigning.v1+json\",\"size\":%d,\"digest\":\"%s\",\"annotations\":{\"dev.cosignproject.cosign/signature\":\"%s\"}}"
        .formatted(size, digest, signature);
  }

  static byte[] manifest(List<String> layers) {
    return ("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"size\":2,\"digest\":\"sha256:%s\"},\"layers\":[%s]}")
        .formatted("0".repeat(64), String.join(",", layers))
        .getBytes(StandardCharsets.UTF_8);
  }

  static String tag(String digest) {
    return digest.replace(':', '-') + ".sig";
  }

  static void put(MemoryArtifacts artifacts, String digest, String... layers) {
    artifacts.putManifest(tag(digest), "application/vnd.oci.image.manifest.v1+json", manifest(new ArrayList<>(List.of(layers))));
  }
}
