package dev.proa.images.internal.registry;

import dev.proa.images.Reference;
import dev.proa.images.RegistryCredentials;
import dev.proa.images.internal.registry.RegistryAddress.Rung;
import dev.proa.images.internal.registry.RegistryException.Kind;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the way to registries. A registry is asked by HTTPS with its certificate verified; one that is insecure by configuration, or on
 * a loopback address, by HTTPS without verification and then by HTTP. Which of them worked is remembered.
 */
public final class Registries implements AutoCloseable {
  static final String HUB = "registry-1.docker.io";
  private static final String HUB_SEARCH = "index.docker.io";

  private final RegistrySettings settings;
  private final InsecureRegistries insecure;
  private final Authenticators authenticators;
  private final Transport transport;
  private final Map<RegistryAddress, Rung> working = new ConcurrentHashMap<>();
  private volatile List<String> mirrors;

  public Registries(RegistrySettings settings, Authenticators authenticators) {
    this.settings = settings;
    this.mirrors = settings.mirrors();
    this.authenticators = authenticators;
    this.insecure = new InsecureRegistries(settings.insecure());
    this.transport = new Transport(settings, authenticators);
  }

  /** Base addresses that are asked before Docker Hub from now on, in this order; pulls under way go on as they have begun. */
  public void mirrors(List<String> addresses) {
    checkMirrors(addresses);
    mirrors = List.copyOf(addresses);
  }

  /** {@code INVALID_ARGUMENT} for an address that is none of a mirror. */
  public void checkMirrors(List<String> addresses) {
    addresses.forEach(this::mirror);
  }

  /** Where the images of a registry can be had, in the order in which to ask. */
  public List<RegistryAddress> addresses(Reference reference) {
    List<RegistryAddress> addresses = new ArrayList<>();
    if (reference.domain().equals(Reference.DEFAULT_DOMAIN)) {
      for (String mirror : mirrors) {
        addresses.add(mirror(mirror));
      }
      addresses.add(new RegistryAddress("https", HUB, "", false, false));
    } else {
      addresses.add(new RegistryAddress(null, reference.domain(), "", insecure.contains(reference.domain()), false));
    }
    return addresses;
  }

  /** Where images are pushed to: mirrors are only read. */
  public RegistryAddress home(Reference reference) {
    return addresses(reference).getLast();
  }

  private RegistryAddress mirror(String address) {
    try {
      URI uri = URI.create(address.contains("://") ? address : "https://" + address);
      String scheme = String.valueOf(uri.getScheme());
      if (uri.getAuthority() == null || !(scheme.equals("https") || scheme.equals("http"))) {
        throw new IllegalArgumentException("it needs http:// or https:// and a host");
      }
      if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
        throw new IllegalArgumentException("it may have a scheme, a host, a port and a path only");
      }
      String path = uri.getPath() == null ? "" : uri.getPath();
      while (path.endsWith("/")) {
        path = path.substring(0, path.length() - 1);
      }
      return new RegistryAddress(scheme, uri.getAuthority(), path, insecure.contains(uri.getAuthority()), true);
    } catch (IllegalArgumentException e) {
      throw ProaException.invalid("registry mirror \"" + address.replaceFirst("//.*@", "//") + "\": " + e.getMessage().replace(address, "it"));
    }
  }

  /**
   * A client for one repository.
   *
   * @param path of the repository
   */
  public RegistryClient open(RegistryAddress address, String path, @Nullable RegistryCredentials credentials) throws RegistryException {
    return open(address, path, credentials, false);
  }

  private RegistryClient open(RegistryAddress address, String path, @Nullable RegistryCredentials credentials, boolean login) throws RegistryException {
    if (transport.certify(address.authority())) {
      forget(address);
    }
    Rung rung = working.get(address);
    if (rung == null) {
      rung = climb(address);
      working.put(address, rung);
    }
    Access access = new Access(authenticators, transport, rung, address, path, credentials, login);
    return new RegistryClient(settings, rung, address, path, new Requests(transport, settings, rung, address, access), access);
  }

  /** Forgets which way to a registry worked, because it works no longer. */
  public void forget(RegistryAddress address) {
    working.remove(address);
  }

  private Rung climb(RegistryAddress address) throws RegistryException {
    List<Rung> rungs = new ArrayList<>();
    if ("http".equals(address.scheme())) {
      rungs.add(address.rung("http", true));
    } else if (transport.hasRoots(address.authority())) {
      // Whoever said by which roots to verify it wants it verified, on a loopback address too.
      rungs.add(address.rung("https", true));
    } else {
      rungs.add(address.rung("https", !address.insecure()));
      if (address.insecure() && address.scheme() == null) {
        rungs.add(address.rung("http", true));
      }
    }
    RegistryException last = null;
    for (Rung rung : rungs) {
      try {
        HttpRequest.Builder probe = transport.request(rung.base());
        if (rungs.size() > 1 && !rung.equals(rungs.getLast())) {
          probe.timeout(settings.probeTimeout());
        }
        HttpResponse<InputStream> response = transport.send(probe.GET().build(), rung.verify());
        response.body().close();
        // Whatever it answers, it speaks HTTP in this way.
        return rung;
      } catch (IOException e) {
        RegistryException failure = Transport.failure("GET", rung.base(), e);
        if (last != null) {
          failure.addSuppressed(last);
        }
        last = failure;
      }
      if (Thread.currentThread().isInterrupted()) {
        break;
      }
    }
    throw last == null ? new RegistryException(Kind.UNREACHABLE, "no way to reach " + address) : last;
  }

  /**
   * Asks a registry's search.
   *
   * @param registry {@code host[:port]}, or {@code docker.io}
   * @return its answer as it came
   */
  byte[] search(String registry, String term, int limit, @Nullable RegistryCredentials credentials) throws RegistryException {
    boolean hub = registry.equals(Reference.DEFAULT_DOMAIN);
    RegistryAddress address =
        hub ? new RegistryAddress("https", HUB_SEARCH, "", false, false) : new RegistryAddress(null, registry, "", insecure.contains(registry), false);
    return open(address, "", credentials).search(term, limit);
  }

  /**
   * Checks credentials ({@code docker login}).
   *
   * @return the identity token; empty where the registry gives none
   */
  public String login(String serverAddress, RegistryCredentials credentials) throws RegistryException {
    String authority = serverAddress.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
    boolean hub = authority.isEmpty() || authority.equals("index.docker.io") || authority.equals(Reference.DEFAULT_DOMAIN);
    RegistryAddress address =
        hub ? new RegistryAddress("https", HUB, "", false, false) : new RegistryAddress(null, authority, "", insecure.contains(authority), false);
    return open(address, "", credentials, true).login();
  }

  @Override
  public void close() {
    transport.close();
  }
}
