package dev.proa.images.internal;

import dev.proa.images.internal.content.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** An image as bytes: its configuration and layers. */
record TestImage(byte[] config, List<byte[]> layers) {

  static TestImage of(String os, String architecture, byte[]... layers) {
    return of(os, architecture, "\"Cmd\":[\"sh\"],\"Env\":[\"PATH=/bin\"]", "2023-11-14T22:13:20Z", layers);
  }

  static TestImage of(byte[]... layers) {
    return of("linux", "amd64", layers);
  }

  /** @param container members of the config object */
  static TestImage of(String os, String architecture, String container, String created, byte[]... layers) {
    String diffIds = Arrays.stream(layers).map(layer -> "\"" + Digest.of(layer) + "\"").collect(Collectors.joining(","));
    String history =
        Arrays.stream(layers).map(layer -> "{\"created\":\"" + created + "\",\"created_by\":\"test\"}").collect(Collectors.joining(","));
    String config =
        "{\"architecture\":\"%s\",\"os\":\"%s\",\"created\":\"%s\",\"config\":{%s},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%s]},\"history\":[%s]}"
            .formatted(architecture, os, created, container, diffIds, history);
    return new TestImage(config.getBytes(StandardCharsets.UTF_8), List.of(layers));
  }

  String id() {
    return Digest.of(config).value();
  }

  /** As old versions of docker save wrote it: config by its hex name, layers in folders. */
  byte[] legacyArchive(String... tags) {
    Tars tar = new Tars();
    for (int i = 0; i < layers.size(); i++) {
      tar.file("l" + i + "/layer.tar", layers.get(i));
    }
    tar.file("config.json", config);
    return tar.file("manifest.json", manifestJson("config.json", tags)).bytes();
  }

  private String manifestJson(String configName, String... tags) {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < layers.size(); i++) {
      names.append(i == 0 ? "" : ",").append("\"l").append(i).append("/layer.tar\"");
    }
    return manifestJson(configName, names.toString(), tags);
  }

  static String manifestJson(String configName, String layerNames, String... tags) {
    String repoTags = tags.length == 0 ? "null" : "[" + Arrays.stream(tags).map(tag -> "\"" + tag + "\"").collect(Collectors.joining(",")) + "]";
    return "[{\"Config\":\"" + configName + "\",\"RepoTags\":" + repoTags + ",\"Layers\":[" + layerNames + "]}]";
  }

  /** The OCI manifest over blobs made of the layers. */
  byte[] manifest(String mediaType, List<byte[]> blobs, String layerType) {
    String entries =
        blobs.stream()
            .map(blob -> "{\"mediaType\":\"%s\",\"size\":%d,\"digest\":\"%s\"}".formatted(layerType, blob.length, Digest.of(blob)))
            .collect(Collectors.joining(","));
    String configType =
        mediaType.contains("docker") ? "application/vnd.docker.container.image.v1+json" : "application/vnd.oci.image.config.v1+json";
    return "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":{\"mediaType\":\"%s\",\"size\":%d,\"digest\":\"%s\"},\"layers\":[%s]}"
        .formatted(mediaType, configType, config.length, Digest.of(config), entries)
        .getBytes(StandardCharsets.UTF_8);
  }
}
