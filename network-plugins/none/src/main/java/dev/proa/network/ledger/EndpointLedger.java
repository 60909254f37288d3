package dev.proa.network.ledger;

import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.spi.network.NetworkDriver.NetworkConfig;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which networks there are and which endpoints they have, as files, so that a second instance sees the same and each step is one call that
 * the kernel makes whole: {@code STATE/networks/NETWORK} holds the network's configuration, {@code RUN/endpoints/NETWORK/ENDPOINT} is an
 * empty file. Deleting a network starts with its directory of endpoints, which the kernel refuses while there is one, and without which there
 * can be no new one. The run folder is empty after a reboot, as endpoints then are: opening makes the directories again.
 */
public final class EndpointLedger {
  private final Path networks;
  private final Path endpoints;

  public EndpointLedger(DriverContext context) {
    networks = context.stateDir().resolve("networks");
    endpoints = context.runDir().resolve("endpoints");
    try {
      Files.createDirectories(networks);
      Files.createDirectories(endpoints);
      for (Path network : list(networks)) {
        if (!network.getFileName().toString().startsWith(".")) {
          Files.createDirectories(endpoints.resolve(network.getFileName()));
        }
      }
    } catch (IOException e) {
      throw ProaException.internal("cannot open the network driver's folders: " + e, e);
    }
  }

  /** The same network again is no error; another one of the same id is. */
  public void create(NetworkConfig network) {
    Path file = networks.resolve(name(network.id()));
    String content = content(network);
    Path temporary = null;
    try {
      temporary = Files.createTempFile(networks, ".new", "");
      Files.writeString(temporary, content);
      try {
        Files.createLink(file, temporary);
      } catch (FileAlreadyExistsException e) {
        if (!Files.readString(file).equals(content)) {
          throw ProaException.alreadyExists("network " + network.id() + " exists already, with another configuration");
        }
      }
      Files.createDirectories(endpoints.resolve(file.getFileName()));
    } catch (IOException e) {
      throw ProaException.internal("cannot create network " + network.id() + ": " + e, e);
    } finally {
      deleteQuietly(temporary);
    }
  }

  private static void deleteQuietly(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // an empty name that starts with a dot is no network; nothing reads it
    }
  }

  /** Idempotent; {@code CONFLICT} while it has endpoints. */
  public void delete(String networkId) {
    String name = name(networkId);
    try {
      Files.deleteIfExists(endpoints.resolve(name));
      Files.deleteIfExists(networks.resolve(name));
    } catch (DirectoryNotEmptyException e) {
      throw ProaException.conflict("network " + networkId + " has active endpoints");
    } catch (IOException e) {
      throw ProaException.internal("cannot delete network " + networkId + ": " + e, e);
    }
  }

  /** {@code NOT_FOUND} without the network, {@code ALREADY_EXISTS} with the endpoint. */
  public void attach(String networkId, String endpointId) {
    try {
      Files.createFile(endpoint(networkId, endpointId));
    } catch (FileAlreadyExistsException e) {
      throw ProaException.alreadyExists("endpoint " + endpointId + " of network " + networkId + " exists already");
    } catch (NoSuchFileException e) {
      throw ProaException.notFound("network " + networkId + " not found");
    } catch (IOException e) {
      throw ProaException.internal("cannot attach endpoint " + endpointId + " to network " + networkId + ": " + e, e);
    }
  }

  private void requireNetwork(String networkId) {
    if (!Files.isRegularFile(networks.resolve(name(networkId)))) {
      throw ProaException.notFound("network " + networkId + " not found");
    }
  }

  /** Idempotent. */
  public void detach(String networkId, String endpointId) {
    try {
      Files.deleteIfExists(endpoint(networkId, endpointId));
    } catch (IOException e) {
      throw ProaException.internal("cannot detach endpoint " + endpointId + " from network " + networkId + ": " + e, e);
    }
  }

  /** {@code NOT_FOUND} unless it is attached. */
  public void check(String networkId, String endpointId) {
    requireNetwork(networkId);
    if (!Files.exists(endpoint(networkId, endpointId))) {
      throw ProaException.notFound("network " + networkId + " has no endpoint " + endpointId);
    }
  }

  /** Detaches every endpoint but these. Goes on after a failure and then throws the first. */
  public void sweep(Collection<String> wanted) {
    Set<String> names = new HashSet<>();
    wanted.forEach(id -> names.add(name(id)));
    IOException first = null;
    for (Path network : list(endpoints)) {
      for (Path file : list(network)) {
        if (!names.contains(file.getFileName().toString())) {
          try {
            Files.deleteIfExists(file);
          } catch (IOException e) {
            if (first == null) {
              first = e;
            } else {
              first.addSuppressed(e);
            }
          }
        }
      }
    }
    if (first != null) {
      throw ProaException.internal("cannot detach every endpoint that is no more: " + first, first);
    }
  }

  private static List<Path> list(Path directory) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(found::add);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of(); // gone meanwhile
    } catch (IOException e) {
      throw ProaException.internal("cannot list " + directory + ": " + e, e);
    }
    return found;
  }

  private Path endpoint(String networkId, String endpointId) {
    return endpoints.resolve(name(networkId)).resolve(name(endpointId));
  }

  private static String content(NetworkConfig network) {
    StringBuilder content = new StringBuilder(network.name()).append('\n');
    for (Map.Entry<String, String> option : new TreeMap<>(network.options()).entrySet()) {
      content.append(escaped(option.getKey())).append('=').append(escaped(option.getValue())).append('\n');
    }
    return content.toString();
  }

  private static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** An id as a file name; ids are the engine's and plain, but a path must not come of any. */
  private static String name(String id) {
    String name = escaped(id).replace(".", "%2E");
    if (name.isEmpty() || name.length() > 255) {
      throw ProaException.invalid("\"" + id.substring(0, Math.min(id.length(), 40)) + "\" is no id of a network or an endpoint");
    }
    return name;
  }
}
