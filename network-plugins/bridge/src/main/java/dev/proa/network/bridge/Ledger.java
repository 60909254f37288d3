package dev.proa.network.bridge;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which networks there are ({@code STATE/networks/ID}, kept) and what endpoints they have ({@code RUN/endpoints/NETWORK/ID}, of this boot), as
 * files, so that a second instance sees the same. Whoever changes anything, here or in the kernel, holds the {@linkplain #lock lock}.
 */
final class Ledger {
  private final Path networks;
  private final Path endpoints;
  private final Path lockFile;
  private final Path runDir;

  Ledger(DriverContext context) {
    networks = context.stateDir().resolve("networks");
    runDir = context.runDir();
    endpoints = runDir.resolve("endpoints");
    lockFile = runDir.resolve("lock");
    try {
      Files.createDirectories(networks);
      Files.createDirectories(endpoints);
    } catch (IOException e) {
      throw ProaException.internal("cannot open the network driver's folders: " + e, e);
    }
  }

  /** Held by one instance at a time, of this process or another; closing it lets go. flock(2): the lock is the open file's, not the process's. */
  Fd lock() {
    try {
      Fd file = Fs.openat(Fd.cwd(), lockFile.toString(), Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_CLOEXEC, 0600);
      try {
        Io.flock(file, Fcntl.LOCK_EX);
        return file;
      } catch (IOException e) {
        file.close();
        throw e;
      }
    } catch (IOException e) {
      throw ProaException.internal("cannot lock the network driver's folder: " + e.getMessage(), e);
    }
  }

  /** A mark of this boot. */
  boolean isMarked(String mark) {
    return Files.exists(runDir.resolve(mark));
  }

  void mark(String mark) {
    write(runDir.resolve(mark), "");
  }

  @Nullable BridgeNetwork network(String id) {
    String text = read(networks.resolve(name(id)));
    return text == null ? null : BridgeNetwork.of(Document.parse(text));
  }

  List<BridgeNetwork> networks() {
    List<BridgeNetwork> found = new ArrayList<>();
    for (Path file : list(networks)) {
      String text = read(file);
      if (text != null) {
        found.add(BridgeNetwork.of(Document.parse(text)));
      }
    }
    return found;
  }

  void write(BridgeNetwork network) {
    write(networks.resolve(name(network.id())), network.document().toString());
  }

  void deleteNetwork(String id) {
    delete(endpoints.resolve(name(id)));
    delete(networks.resolve(name(id)));
  }

  @Nullable EndpointRecord endpoint(String networkId, String id) {
    String text = read(endpoints.resolve(name(networkId)).resolve(name(id)));
    return text == null ? null : EndpointRecord.of(Document.parse(text));
  }

  List<EndpointRecord> endpoints(String networkId) {
    List<EndpointRecord> found = new ArrayList<>();
    for (Path file : list(endpoints.resolve(name(networkId)))) {
      String text = read(file);
      if (text != null) {
        found.add(EndpointRecord.of(Document.parse(text)));
      }
    }
    return found;
  }

  boolean hasEndpoints(String networkId) {
    return !list(endpoints.resolve(name(networkId))).isEmpty();
  }

  List<EndpointRecord> endpoints() {
    return list(endpoints).stream().flatMap(folder -> endpointsIn(folder).stream()).toList();
  }

  private static List<EndpointRecord> endpointsIn(Path folder) {
    List<EndpointRecord> found = new ArrayList<>();
    for (Path file : list(folder)) {
      String text = read(file);
      if (text != null) {
        found.add(EndpointRecord.of(Document.parse(text)));
      }
    }
    return found;
  }

  void write(EndpointRecord endpoint) {
    Path folder = endpoints.resolve(name(endpoint.networkId()));
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw ProaException.internal("cannot write down endpoint " + endpoint.id() + ": " + e, e);
    }
    write(folder.resolve(name(endpoint.id())), endpoint.document().toString());
  }

  void deleteEndpoint(String networkId, String id) {
    delete(endpoints.resolve(name(networkId)).resolve(name(id)));
  }

  /** A reader sees the old text or the new one. Names that start with a dot are no entries. */
  private static void write(Path file, String text) {
    Path part = file.resolveSibling("." + file.getFileName());
    try {
      Files.writeString(part, text);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw ProaException.internal("cannot write " + file + ": " + e, e);
    }
  }

  private static @Nullable String read(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw ProaException.internal("cannot read " + file + ": " + e, e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw ProaException.internal("cannot delete " + file + ": " + e, e);
    }
  }

  private static List<Path> list(Path directory) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, entry -> !entry.getFileName().toString().startsWith("."))) {
      stream.forEach(found::add);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (IOException e) {
      throw ProaException.internal("cannot list " + directory + ": " + e, e);
    }
    return found;
  }

  /** An id as a file name; ids are the engine's and plain, but a path must not come of any. */
  private static String name(String id) {
    String name = URLEncoder.encode(id, StandardCharsets.UTF_8).replace(".", "%2E");
    if (name.isEmpty() || name.length() > 250) {
      throw ProaException.invalid("\"" + id.substring(0, Math.min(id.length(), 40)) + "\" is no id of a network or an endpoint");
    }
    return name;
  }
}
