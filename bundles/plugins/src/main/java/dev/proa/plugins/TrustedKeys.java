package dev.proa.plugins;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The public keys by which plugins are verified, and what happens to those that no key vouches for. */
@ProviderType
public interface TrustedKeys {
  List<Key> list();

  /**
   * @param pem a public key or a certificate
   * @throws dev.proa.spi.ProaException {@code INVALID_ARGUMENT} for what is neither, {@code ALREADY_EXISTS} for the name
   */
  Key add(String name, String pem);

  void remove(String name);

  Policy policy();

  void policy(Policy policy);

  /** @param fingerprint {@code SHA256:} and the hash of the key's X.509 encoding, in base64 */
  record Key(String name, String algorithm, String fingerprint) {}

  enum Policy {
    /** What is not signed by a trusted key is refused. */
    REQUIRE,
    /** It is started, and listed with a warning. */
    WARN,
    /** Nobody looks. */
    OFF
  }
}
