package dev.proa.images.internal.registry;

import dev.proa.spi.ProaException;
import dev.proa.spi.registry.TlsMaterial;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** What TLS is spoken with: whom to believe, and who we are. */
final class TlsContexts {
  private TlsContexts() {}

  /** @param material null for what every registry gets */
  static SSLContext context(boolean verify, @Nullable TlsMaterial material) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      TrustManager[] trust = verify ? trust(material) : new TrustManager[] {new TrustAll()};
      context.init(material == null ? null : keys(material), trust, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new ProaException(
          dev.proa.spi.ErrorClass.FAILED_PRECONDITION,
          "cannot use the certificates" + (material == null ? "" : " of " + material.source()) + ": " + e.getMessage(),
          e);
    }
  }

  /** The system's roots and the given ones. */
  private static TrustManager @Nullable [] trust(@Nullable TlsMaterial material) throws GeneralSecurityException, IOException {
    if (material == null || material.trusted().isEmpty()) {
      return null;
    }
    KeyStore roots = empty();
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    int number = 0;
    for (TrustManager system : factory.getTrustManagers()) {
      if (system instanceof X509TrustManager known) {
        for (X509Certificate root : known.getAcceptedIssuers()) {
          roots.setCertificateEntry("system " + number++, root);
        }
      }
    }
    for (byte[] root : material.trusted()) {
      roots.setCertificateEntry("registry " + number++, certificate(root));
    }
    factory.init(roots);
    return factory.getTrustManagers();
  }

  private static KeyManager[] keys(TlsMaterial material) throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    int number = 0;
    for (TlsMaterial.Identity identity : material.identities()) {
      PrivateKey key = KeyFactory.getInstance(identity.algorithm()).generatePrivate(new PKCS8EncodedKeySpec(identity.pkcs8()));
      Certificate[] chain = new Certificate[identity.chain().size()];
      for (int i = 0; i < chain.length; i++) {
        chain[i] = certificate(identity.chain().get(i));
      }
      store.setKeyEntry("identity " + number++, key, new char[0], chain);
    }
    KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Certificate certificate(byte[] der) throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }

  /** For registries that the operator exempted. An extended trust manager also stands for the check of the host's name. */
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
