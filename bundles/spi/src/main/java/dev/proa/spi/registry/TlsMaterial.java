package dev.proa.spi.registry;

import java.util.Arrays;
import java.util.List;

/**
 * Certificates for one registry, in DER. Its text never shows the key.
 *
 * @param trusted roots beside the system's; if there are any, the registry is spoken to by verified TLS alone
 * @param identities our own
 * @param source the folder they come from
 */
public record TlsMaterial(List<byte[]> trusted, List<Identity> identities, String source) {
  public TlsMaterial {
    trusted = List.copyOf(trusted);
    identities = List.copyOf(identities);
  }

  /**
   * @param chain our certificate first
   * @param algorithm of the key: {@code RSA}, {@code EC}, {@code Ed25519}
   * @param pkcs8 the private key
   */
  public record Identity(List<byte[]> chain, String algorithm, byte[] pkcs8) {
    public Identity {
      chain = List.copyOf(chain);
    }

    @Override
    public String toString() {
      return algorithm + " identity of " + chain.size() + " certificates";
    }

    private boolean sameAs(Identity other) {
      return algorithm.equals(other.algorithm) && Arrays.equals(pkcs8, other.pkcs8) && same(chain, other.chain);
    }
  }

  /** Whether both hold the same bytes. */
  public boolean sameAs(TlsMaterial other) {
    if (!same(trusted, other.trusted) || identities.size() != other.identities.size()) {
      return false;
    }
    for (int i = 0; i < identities.size(); i++) {
      if (!identities.get(i).sameAs(other.identities.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean same(List<byte[]> a, List<byte[]> b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (!Arrays.equals(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return trusted.size() + " roots and " + identities.size() + " identities from " + source;
  }
}
