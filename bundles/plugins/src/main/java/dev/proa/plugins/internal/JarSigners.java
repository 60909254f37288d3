package dev.proa.plugins.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.CodeSigner;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * Who signed all of a jar (the JAR file specification, "Signed JAR File"): the JDK verifies the signature blocks and the digests of the entries, and takes
 * weak algorithms for no signature. Certificates count by their keys; how long they are valid, and who issued them, is not asked.
 *
 * @param certificates by the X.509 encoding of their keys, in hexadecimal digits
 */
record JarSigners(Map<String, X509Certificate> certificates) {
  private static final Set<String> BLOCKS = Set.of(".SF", ".RSA", ".DSA", ".EC");

  /** @throws SecurityException if an entry is not what was signed */
  static JarSigners of(Path file) throws IOException {
    Map<String, X509Certificate> all = null;
    try (JarFile jar = new JarFile(file.toFile(), true)) {
      byte[] buffer = new byte[1 << 16];
      for (JarEntry entry : Collections.list(jar.entries())) {
        if (entry.isDirectory() || belongsToSignature(entry.getName())) {
          continue;
        }
        try (InputStream in = jar.getInputStream(entry)) {
          while (in.read(buffer) >= 0) {
            // the signers are known once all of it was read
          }
        }
        Map<String, X509Certificate> of = new HashMap<>();
        CodeSigner[] signers = entry.getCodeSigners();
        for (CodeSigner signer : signers == null ? new CodeSigner[0] : signers) {
          if (signer.getSignerCertPath().getCertificates().getFirst() instanceof X509Certificate certificate) {
            of.put(hex(certificate.getPublicKey().getEncoded()), certificate);
          }
        }
        if (all == null) {
          all = of;
        } else {
          all.keySet().retainAll(of.keySet());
        }
        if (all.isEmpty()) {
          break;
        }
      }
    }
    return new JarSigners(all == null ? Map.of() : Map.copyOf(all));
  }

  private static boolean belongsToSignature(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    return upper.startsWith("META-INF/")
        && upper.indexOf('/', "META-INF/".length()) < 0
        && (upper.equals("META-INF/MANIFEST.MF") || upper.startsWith("META-INF/SIG-") || BLOCKS.stream().anyMatch(upper::endsWith));
  }

  private static String hex(byte[] bytes) {
    return java.util.HexFormat.of().formatHex(bytes);
  }

  boolean isEmpty() {
    return certificates.isEmpty();
  }

  boolean includes(byte[] key) {
    return certificates.containsKey(hex(key));
  }

  List<String> names() {
    Set<String> names = new TreeSet<>();
    certificates.values().forEach(certificate -> names.add(certificate.getSubjectX500Principal().getName()));
    return List.copyOf(names);
  }
}
