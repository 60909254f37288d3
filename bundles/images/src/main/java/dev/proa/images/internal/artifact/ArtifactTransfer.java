package dev.proa.images.internal.artifact;

import dev.proa.images.Artifacts;
import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import dev.proa.images.Reference;
import dev.proa.images.RegistryCredentials;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.manifest.MediaTypes;
import dev.proa.images.internal.pull.Puller;
import dev.proa.images.internal.registry.Registries;
import dev.proa.images.internal.registry.RegistryAddress;
import dev.proa.images.internal.registry.RegistryClient;
import dev.proa.images.internal.registry.RegistryClient.BlobBody;
import dev.proa.images.internal.registry.RegistryClient.ManifestBytes;
import dev.proa.images.internal.registry.RegistryException;
import dev.proa.images.internal.registry.RegistryUploads;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Pulls and pushes artifacts, file by file: they are small and few. */
public final class ArtifactTransfer implements Artifacts {
  private static final byte[] EMPTY_CONFIG = "{}".getBytes(StandardCharsets.UTF_8);
  private static final int MAX_PARTS = 16;

  private final Registries registries;
  private final Puller puller;

  public ArtifactTransfer(Registries registries, Puller puller) {
    this.registries = registries;
    this.puller = puller;
  }

  @Override
  public Artifact pull(String name, Map<String, Long> wanted, @Nullable RegistryCredentials credentials, Path folder, ProgressSink progress) {
    Reference reference = Reference.parse(name).orLatest();
    return puller.ask(reference, credentials, client -> pull(client, reference, wanted, folder, progress));
  }

  private static Artifact pull(RegistryClient client, Reference reference, Map<String, Long> wanted, Path folder, ProgressSink progress)
      throws RegistryException {
    String tagOrDigest = reference.digest() != null ? new Digest(reference.digest()).value() : Objects.requireNonNull(reference.tag());
    ManifestBytes bytes = client.manifest(tagOrDigest);
    String what = reference.familiar();
    JsonNode manifest = Json.parseObject(bytes.content(), what);
    String type = Json.string(manifest, "artifactType", what);
    if (type.isEmpty()) {
      type = Json.string(manifest.path("config"), "mediaType", what);
    }
    List<Part> parts = new ArrayList<>();
    JsonNode layers = manifest.path("layers");
    if (layers.isArray() && layers.size() <= MAX_PARTS) {
      for (JsonNode layer : layers) {
        String mediaType = Json.string(layer, "mediaType", what);
        Long limit = wanted.get(mediaType);
        if (limit != null) {
          Digest digest = new Digest(Json.string(layer, "digest", what));
          long size = Json.number(layer, "size", what);
          if (size < 0 || size > limit) {
            throw ProaException.invalid(what + ": " + digest + " has " + size + " bytes, and " + limit + " are allowed");
          }
          Path file = folder.resolve("part-" + parts.size());
          progress.send(ProgressMessage.ofStatus(digest.shortHex(), "Downloading"));
          download(client, digest, size, file);
          progress.send(ProgressMessage.ofStatus(digest.shortHex(), "Download complete"));
          parts.add(new Part(mediaType, file));
        }
      }
    }
    if (parts.isEmpty()) {
      throw ProaException.invalid(what + " is " + (type.isEmpty() ? "something else" : type) + ", which holds no " + String.join(" and no ", wanted.keySet()));
    }
    return new Artifact(bytes.digest().value(), type, parts);
  }

  private static void download(RegistryClient client, Digest digest, long size, Path file) throws RegistryException {
    MessageDigest hash = Digest.sha256();
    long count = 0;
    try (BlobBody body = client.blob(digest, 0);
        OutputStream out = Files.newOutputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      InputStream in = body.stream();
      for (int n = in.read(buffer); n >= 0 && count <= size; n = in.read(buffer)) {
        count += n;
        hash.update(buffer, 0, n);
        out.write(buffer, 0, n);
      }
    } catch (RegistryException e) {
      throw e;
    } catch (IOException e) {
      throw client.brokenOff(digest, e);
    }
    if (count < size) {
      throw client.brokenOff(digest, count, size);
    }
    if (count > size || !Digest.of(hash).equals(digest)) {
      throw ProaException.dataLoss("blob verification failed for digest " + digest + ": the registry sent something else");
    }
  }

  @Override
  public String push(String name, String artifactType, List<Part> parts, @Nullable RegistryCredentials credentials, ProgressSink progress) {
    Reference reference = Reference.parse(name).orLatest();
    if (reference.digest() != null) {
      throw ProaException.invalid("cannot push a digest reference");
    }
    progress.send(ProgressMessage.ofStatus("The push refers to repository [" + reference.name() + "]"));
    RegistryAddress address = registries.home(reference);
    try {
      RegistryUploads uploads = registries.open(address, reference.path(), credentials).uploads();
      ObjectNode manifest = Json.object();
      manifest.put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_MANIFEST).put("artifactType", artifactType);
      Digest empty = Digest.of(EMPTY_CONFIG);
      upload(uploads, empty, EMPTY_CONFIG.length, offset -> new java.io.ByteArrayInputStream(EMPTY_CONFIG, (int) offset, EMPTY_CONFIG.length - (int) offset));
      manifest.putObject("config").put("mediaType", EMPTY).put("digest", empty.value()).put("size", EMPTY_CONFIG.length);
      ArrayNode layers = manifest.putArray("layers");
      for (Part part : parts) {
        Digest digest = digest(part.file());
        long size = Files.size(part.file());
        progress.send(ProgressMessage.ofStatus(digest.shortHex(), "Pushing"));
        upload(uploads, digest, size, offset -> from(part.file(), offset));
        progress.send(ProgressMessage.ofStatus(digest.shortHex(), "Pushed"));
        layers.addObject().put("mediaType", part.mediaType()).put("digest", digest.value()).put("size", size);
      }
      byte[] content = Json.bytes(manifest);
      uploads.manifest(Objects.requireNonNull(reference.tag()), MediaTypes.OCI_MANIFEST, content);
      Digest digest = Digest.of(content);
      progress.send(ProgressMessage.ofStatus(reference.tag() + ": digest: " + digest + " size: " + content.length));
      return digest.value();
    } catch (RegistryException e) {
      if (e.kind() == RegistryException.Kind.UNREACHABLE) {
        registries.forget(address);
      }
      throw e.aboutPush();
    } catch (IOException e) {
      throw ProaException.internal("cannot read what is to be pushed as " + reference.familiar() + ": " + e, e);
    }
  }

  private static void upload(RegistryUploads uploads, Digest digest, long size, RegistryUploads.Source source) throws RegistryException {
    if (!uploads.has(digest)) {
      uploads.upload(uploads.begin(), digest, size, source, SILENT);
    }
  }

  private static final RegistryUploads.Listener SILENT =
      new RegistryUploads.Listener() {
        @Override
        public void progress(long bytes) {}

        @Override
        public void waiting(Duration wait) {}
      };

  private static InputStream from(Path file, long offset) throws IOException {
    InputStream in = Files.newInputStream(file);
    in.skipNBytes(offset);
    return in;
  }

  private static Digest digest(Path file) throws IOException {
    MessageDigest hash = Digest.sha256();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hash.update(buffer, 0, n);
      }
    }
    return Digest.of(hash);
  }
}
