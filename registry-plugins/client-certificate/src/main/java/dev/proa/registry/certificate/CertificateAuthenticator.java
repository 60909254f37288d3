package dev.proa.registry.certificate;

import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.spi.registry.RegistryAuthenticator;
import dev.proa.spi.registry.TlsMaterial;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Knows certificates from folders as Docker's: {@code certs.d/HOST[:PORT]/} with {@code *.crt} (roots that the server is verified by) and {@code NAME.cert}
 * beside {@code NAME.key} (ours, for mutual TLS). They are looked for in {@code registry/client-certificate/} of the data root, in {@code /etc/proa}
 * and in {@code /etc/docker}; the first that has a folder for the registry counts. The folder is read anew each time: a renewed certificate needs no
 * restart.
 */
public sealed class CertificateAuthenticator implements RegistryAuthenticator permits CertificateComponent {
  public static final String NAME = "client-certificate";

  private static final List<Path> SYSTEM = List.of(Path.of("/etc/proa/certs.d"), Path.of("/etc/docker/certs.d"));

  private volatile @Nullable Path own;

  @Override
  public void open(DriverContext context) {
    own = context.stateDir().resolve("certs.d");
  }

  @Override
  public void close() {
    own = null;
  }

  @Override
  public Optional<TlsMaterial> tls(String registry) {
    Path first = own;
    if (first == null) {
      throw ProaException.unavailable("registry authenticator " + NAME + " is closed", null);
    }
    if (registry.indexOf('/') >= 0 || registry.startsWith(".")) {
      return Optional.empty();
    }
    List<Path> roots = new ArrayList<>(List.of(first));
    roots.addAll(SYSTEM);
    for (Path root : roots) {
      Path folder = root.resolve(registry);
      if (Files.isDirectory(folder)) {
        return Optional.of(read(folder));
      }
    }
    return Optional.empty();
  }

  private static TlsMaterial read(Path folder) {
    List<byte[]> trusted = new ArrayList<>();
    List<TlsMaterial.Identity> identities = new ArrayList<>();
    for (Path file : files(folder)) {
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(".crt")) {
        trusted.addAll(Pem.certificates(file));
      } else if (name.endsWith(".cert")) {
        String keyName = name.substring(0, name.length() - ".cert".length()) + ".key";
        Path key = folder.resolve(keyName);
        if (!Files.exists(key)) {
          // Docker's words.
          throw ProaException.failedPrecondition(
              "missing key " + keyName + " for client certificate " + name + ". CA certificates must use the extension .crt (in " + folder + ")");
        }
        identities.add(Pem.identity(file, key));
      } else if (name.endsWith(".key") && !Files.exists(folder.resolve(name.substring(0, name.length() - ".key".length()) + ".cert"))) {
        throw ProaException.failedPrecondition("missing client certificate " + name.replaceFirst("key$", "cert") + " for key " + name + " (in " + folder + ")");
      }
    }
    return new TlsMaterial(trusted, identities, folder.toString());
  }

  private static List<Path> files(Path folder) {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      entries.forEach(files::add);
    } catch (IOException e) {
      throw ProaException.failedPrecondition("cannot read " + folder + ": " + e.getMessage());
    }
    files.sort(null);
    return files;
  }
}
