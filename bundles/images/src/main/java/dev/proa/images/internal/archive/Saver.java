package dev.proa.images.internal.archive;

import dev.proa.images.Reference;
import dev.proa.images.SavedArchive;
import dev.proa.images.internal.catalog.Catalog;
import dev.proa.images.internal.catalog.CatalogState;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.Leases;
import dev.proa.images.Decompression;
import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.manifest.MediaTypes;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes what {@code docker save} writes since version 25: a docker-archive ({@code manifest.json}, {@code repositories}) and an OCI layout
 * ({@code oci-layout}, {@code index.json}) over the same blobs, layers uncompressed. The same images give the same bytes.
 */
public final class Saver {
  private static final String BLOBS = "blobs/sha256/";

  private final ContentStore content;
  private final Catalog catalog;
  private final Leases leases;

  public Saver(ContentStore content, Catalog catalog, Leases leases) {
    this.content = content;
    this.catalog = catalog;
    this.leases = leases;
  }

  /**
   * @param namesOrIds none at all is an archive without images
   * @param held is told of each image once it is sure to be in the archive
   */
  public SavedArchive save(List<String> namesOrIds, Consumer<Entry> held) {
    Leases.Lease lease = leases.open();
    boolean complete = false;
    try {
      Map<Digest, Selected> selected = select(namesOrIds);
      for (Selected image : selected.values()) {
        hold(content, image.image(), lease);
      }
      Archive archive = new Archive(List.copyOf(selected.values()), lease);
      complete = true;
      selected.values().forEach(image -> held.accept(image.image()));
      return archive;
    } finally {
      if (!complete) {
        lease.close();
      }
    }
  }

  /** Holds what an image is made of; all of it is there then. */
  static void hold(ContentStore content, Entry image, Leases.Lease lease) {
    lease.holdBlob(image.id());
    for (StoredLayer layer : image.stored().layers()) {
      lease.holdBlob(layer.blob());
      if (!content.has(layer.blob())) {
        throw ProaException.dataLoss(
            "image " + image.id() + ": the content store lacks the blob " + layer.blob() + " of a layer; pull or load the image again");
      }
    }
  }

  /** An image to save, and the tags to save it by. */
  private record Selected(Entry image, TreeSet<String> tags) {}

  /** A tag selects itself, a repository all its tags, an id no tag. */
  private Map<Digest, Selected> select(List<String> namesOrIds) {
    CatalogState state = catalog.state();
    Map<Digest, Selected> selected = new LinkedHashMap<>();
    for (String text : namesOrIds) {
      if (Reference.asId(text).isEmpty()) {
        Reference reference = Reference.parse(text);
        List<CatalogState.Name> named =
            reference.nameOnly()
                ? state.names().values().stream()
                    .filter(name -> name.reference().tag() != null && name.reference().name().equals(reference.name()))
                    .toList()
                : state.names().values().stream().filter(name -> name.reference().equals(reference.stored())).toList();
        if (!named.isEmpty()) {
          for (CatalogState.Name name : named) {
            Selected image = selected.computeIfAbsent(name.image(), id -> new Selected(catalog.resolve(id.value()), new TreeSet<>()));
            if (name.reference().tag() != null) {
              image.tags().add(name.reference().toString());
            }
          }
          continue;
        }
      }
      Entry image = catalog.resolve(text);
      selected.putIfAbsent(image.id(), new Selected(image, new TreeSet<>()));
    }
    return selected;
  }

  private final class Archive implements SavedArchive {
    private final List<Selected> images;
    private final Leases.Lease lease;

    Archive(List<Selected> images, Leases.Lease lease) {
      this.images = images;
      this.lease = lease;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      write(tar);
      tar.finish();
      out.flush();
    }

    private void write(TarArchiveOutputStream tar) throws IOException {
      Map<String, byte[]> documents = new TreeMap<>();
      Map<Digest, StoredLayer> layers = new TreeMap<>();
      ArrayNode index = Json.object().putArray("manifests");
      ArrayNode manifests = Json.object().putArray("images");
      ObjectNode repositories = Json.object();
      for (Selected selected : images) {
        describe(selected, documents, layers, index, manifests, repositories);
      }
      folder(tar, "blobs/");
      folder(tar, BLOBS);
      for (Map.Entry<String, byte[]> document : documents.entrySet()) {
        file(tar, BLOBS + document.getKey(), document.getValue());
      }
      for (StoredLayer layer : layers.values()) {
        layer(tar, layer);
      }
      ObjectNode indexJson = Json.object().put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_INDEX);
      indexJson.set("manifests", index);
      file(tar, "index.json", Json.bytes(indexJson));
      file(tar, "manifest.json", Json.bytes(manifests));
      file(tar, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII));
      if (!repositories.isEmpty()) {
        file(tar, "repositories", Json.bytes(repositories));
      }
    }

    private void describe(
        Selected selected, Map<String, byte[]> documents, Map<Digest, StoredLayer> layers, ArrayNode index, ArrayNode manifests, ObjectNode repositories) {
      Entry image = selected.image();
      byte[] config = content.read(image.id(), Json.MAX_DOCUMENT);
      ObjectNode manifest = Json.object().put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_MANIFEST);
      manifest.putObject("config").put("mediaType", MediaTypes.OCI_CONFIG).put("digest", image.id().value()).put("size", config.length);
      ArrayNode manifestLayers = manifest.putArray("layers");
      ObjectNode item = Json.object().put("Config", BLOBS + image.id().hex());
      ArrayNode repoTags = item.putArray("RepoTags");
      ArrayNode itemLayers = item.putArray("Layers");
      ObjectNode sources = Json.object();
      for (StoredLayer layer : image.stored().layers()) {
        layers.put(layer.diffId(), layer);
        ObjectNode descriptor =
            Json.object().put("mediaType", MediaTypes.OCI_LAYER).put("size", layer.tarBytes()).put("digest", layer.diffId().value());
        manifestLayers.add(descriptor);
        itemLayers.add(BLOBS + layer.diffId().hex());
        sources.set(layer.diffId().value(), descriptor);
      }
      item.set("LayerSources", sources);
      manifests.add(item);
      byte[] manifestBytes = Json.bytes(manifest);
      Digest manifestDigest = Digest.of(manifestBytes);
      documents.put(image.id().hex(), config);
      documents.put(manifestDigest.hex(), manifestBytes);
      List<Reference> tags = new ArrayList<>(selected.tags().stream().map(Reference::parse).toList());
      for (Reference tag : tags) {
        repoTags.add(tag.familiar());
        ObjectNode descriptor = descriptor(index, manifestDigest, manifestBytes.length);
        descriptor.putObject("annotations").put("io.containerd.image.name", tag.toString()).put("org.opencontainers.image.ref.name", tag.tag());
        if (!image.stored().layers().isEmpty()) {
          ObjectNode repository =
              repositories.get(tag.familiarName()) instanceof ObjectNode present ? present : repositories.putObject(tag.familiarName());
          repository.put(String.valueOf(tag.tag()), image.stored().layers().getLast().diffId().hex());
        }
      }
      if (tags.isEmpty()) {
        descriptor(index, manifestDigest, manifestBytes.length);
      }
    }

    private static ObjectNode descriptor(ArrayNode index, Digest digest, int size) {
      return index.addObject().put("mediaType", MediaTypes.OCI_MANIFEST).put("digest", digest.value()).put("size", size);
    }

    private static void folder(TarArchiveOutputStream tar, String name) throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(name);
      entry.setMode(040755);
      finish(tar, entry);
      tar.closeArchiveEntry();
    }

    private static void file(TarArchiveOutputStream tar, String name, byte[] bytes) throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(name);
      entry.setMode(0100644);
      entry.setSize(bytes.length);
      finish(tar, entry);
      tar.write(bytes);
      tar.closeArchiveEntry();
    }

    private void layer(TarArchiveOutputStream tar, StoredLayer layer) throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(BLOBS + layer.diffId().hex());
      entry.setMode(0100644);
      entry.setSize(layer.tarBytes());
      finish(tar, entry);
      MessageDigest hash = Digest.sha256();
      try (InputStream in = Decompression.of(content.open(layer.blob()))) {
        byte[] buffer = new byte[128 << 10];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          hash.update(buffer, 0, count);
          tar.write(buffer, 0, count);
        }
      }
      if (!Digest.of(hash).equals(layer.diffId())) {
        throw new IOException(
            new ProaException(ErrorClass.DATA_LOSS, "the blob " + layer.blob() + " in the content store is damaged; pull or load the image again"));
      }
      tar.closeArchiveEntry();
    }

    private static void finish(TarArchiveOutputStream tar, TarArchiveEntry entry) throws IOException {
      entry.setModTime(0L);
      entry.setUserId(0);
      entry.setGroupId(0);
      entry.setUserName("");
      entry.setGroupName("");
      tar.putArchiveEntry(entry);
    }

    @Override
    public void close() {
      lease.close();
    }
  }
}
