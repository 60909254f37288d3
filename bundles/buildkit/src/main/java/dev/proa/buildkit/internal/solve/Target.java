package dev.proa.buildkit.internal.solve;

import dev.proa.builder.BuildOutcome;
import dev.proa.buildkit.internal.grpc.GrpcStatus;
import dev.proa.buildkit.internal.grpc.GrpcException;
import dev.proa.buildkit.internal.session.FileSend;
import dev.proa.buildkit.internal.session.Session;
import dev.proa.buildkit.protocol.Exporter;
import dev.proa.images.Images;
import dev.proa.images.Reference;
import dev.proa.images.SavedArchive;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where a build's result goes ({@code --output}): an image of this engine, or the client's disk. */
final class Target {
  private final List<Exporter> exporters;

  Target(List<Exporter> exporters) {
    this.exporters = exporters;
    for (Exporter exporter : exporters) {
      switch (exporter.getType()) {
        case "moby", "local", "tar", "oci", "docker", "cacheonly", "" -> {}
        case "image" -> {
          if (exporter.getAttrsOrDefault("push", "false").equals("true")) {
            throw ProaException.notImplemented("a build does not push: build the image, then use docker push");
          }
        }
        default -> throw ProaException.notImplemented("output of the type " + exporter.getType() + " is not part of this engine: image, docker, oci, tar and local are");
      }
    }
  }

  private static boolean isImage(Exporter exporter) {
    return switch (exporter.getType()) {
      case "moby", "image", "oci", "docker" -> true;
      default -> false;
    };
  }

  private static boolean isTree(Exporter exporter) {
    return exporter.getType().equals("local") || exporter.getType().equals("tar");
  }

  boolean image() {
    return exporters.stream().anyMatch(Target::isImage);
  }

  boolean tree() {
    return exporters.stream().anyMatch(Target::isTree);
  }

  /** Names that the image gets in this engine. */
  List<String> tags() {
    List<String> tags = new ArrayList<>();
    for (Exporter exporter : exporters) {
      if (exporter.getType().equals("moby") || exporter.getType().equals("image")) {
        for (String name : exporter.getAttrsOrDefault("name", "").split(",")) {
          if (!name.isEmpty()) {
            tags.add(name);
          }
        }
      }
    }
    return tags;
  }

  /** Sends the files of the result to whom they are for. */
  void send(Session session, BuildOutcome.Tree tree) throws IOException {
    for (int i = 0; i < exporters.size(); i++) {
      int number = i;
      switch (exporters.get(i).getType()) {
        case "local" -> FileSend.folder(session, number, tree.root());
        case "tar" -> {
          try (InputStream tar = tree.tar()) {
            FileSend.file(session, number, Map.of(), tar::transferTo);
          }
        }
        default -> {}
      }
    }
  }

  /** Sends the image as an archive to whom it is for. */
  void send(Session session, Images images, String id) throws IOException {
    for (int i = 0; i < exporters.size(); i++) {
      Exporter exporter = exporters.get(i);
      if (exporter.getType().equals("oci") || exporter.getType().equals("docker")) {
        if (!exporter.getAttrsOrDefault("tar", "true").equals("true")) {
          throw new GrpcException(GrpcStatus.UNIMPLEMENTED, "images are sent as one archive: tar=false is not part of this engine");
        }
        List<String> names = new ArrayList<>();
        for (String name : exporter.getAttrsOrDefault("name", "").split(",")) {
          if (!name.isEmpty()) {
            names.add(name);
          }
        }
        for (String name : names) {
          Reference reference = Reference.parse(name).orLatest();
          images.tag(id, reference.name(), reference.tag());
        }
        try (SavedArchive archive = images.save(names.isEmpty() ? List.of(id) : names)) {
          FileSend.file(session, i, Map.of(), archive::writeTo);
        }
      }
    }
  }

  /** @param id of the image; null if none was made */
  Map<String, String> response(@Nullable String id) {
    Map<String, String> response = new LinkedHashMap<>();
    if (id != null) {
      response.put("containerimage.digest", id);
      response.put("containerimage.config.digest", id);
      List<String> tags = tags();
      if (!tags.isEmpty()) {
        response.put("image.name", String.join(",", tags));
      }
    }
    return response;
  }
}
