package dev.proa.images.internal.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.images.Corpus;
import dev.proa.images.internal.content.Digest;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestTest {
  private static final String DIGEST = "sha256:" + "ab".repeat(32);
  private static final String IMAGE =
      """
      {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
       "config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":7,"digest":"%1$s"},
       "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":32654,"digest":"%1$s","annotations":{"a":"b"}},
                 {"mediaType":"application/vnd.oci.image.layer.v1.tar+zstd","size":1,"digest":"%1$s"}],
       "annotations":{"c":"d"}}"""
          .formatted(DIGEST);
  private static final String CONFIG =
      """
      {"architecture":"amd64","os":"linux","created":"2024-01-02T03:04:05.678901234Z","author":"somebody",
       "config":{"User":"1000","ExposedPorts":{"80/tcp":{}},"Env":["A=b"],"Entrypoint":["/x"],"Cmd":"old","Volumes":{"/v":{}},
                 "WorkingDir":"/w","Labels":{"k":"v"},"StopSignal":"SIGINT","StopTimeout":3,"OnBuild":["RUN x"],"Shell":["/bin/sh"],"ArgsEscaped":true,
                 "Healthcheck":{"Test":["CMD","x"],"Interval":1000000000,"Retries":2}},
       "rootfs":{"type":"layers","diff_ids":["%1$s","%1$s"]},
       "history":[{"created_by":"a"},{"created_by":"b","empty_layer":true},{"created_by":"c","comment":"d"}]}"""
          .formatted(DIGEST);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aManifestIsRead() {
    Manifest.Image image = (Manifest.Image) Manifest.parse(bytes(IMAGE), MediaTypes.OCI_MANIFEST, "x");
    assertThat(image.config().digest().value()).isEqualTo(DIGEST);
    assertThat(image.layers()).extracting(Descriptor::size).containsExactly(32654L, 1L);
  }

  @Test
  void aConfigurationIsRead() {
    ImageDocument document = ImageDocument.parse(bytes(CONFIG));
    assertThat(document.created()).hasToString("2024-01-02T03:04:05.678901234Z");
    assertThat(document.config().cmd()).containsExactly("old");
    assertThat(document.config().exposedPorts()).containsExactly("80/tcp");
    assertThat(document.config().stopTimeoutSeconds()).isEqualTo(3);
    assertThat(document.config().argsEscaped()).isTrue();
    assertThat(document.history()).extracting(ImageDocument.History::emptyLayer).containsExactly(false, true, false);
  }

  @Test
  void aMediaTypeMayBeMissing() {
    String plain = IMAGE.replace("\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",", "");
    assertThat(Manifest.parse(bytes(plain), "", "x")).isInstanceOf(Manifest.Image.class);
    assertThat(Manifest.parse(bytes("{\"schemaVersion\":2,\"manifests\":[]}"), "text/plain", "x")).isInstanceOf(Manifest.Index.class);
  }

  @Test
  void mutatedDocumentsAreReadOrRefusedAndNothingElse() {
    AtomicInteger refused = new AtomicInteger();
    Corpus.feed("manifest", 10_000, bytes -> refused.addAndGet(refuses(() -> Manifest.parse(bytes, "", "x"))));
    Corpus.feed("manifest", 5_000, bytes -> refused.addAndGet(refuses(() -> Manifest.parse(bytes, MediaTypes.OCI_MANIFEST, "x"))));
    Corpus.feed("config", 10_000, bytes -> refused.addAndGet(refuses(() -> ImageDocument.parse(bytes))));
    assertThat(refused).hasValueGreaterThan(8_000).hasValueLessThan(25_000);
  }

  private static int refuses(Runnable parser) {
    try {
      parser.run();
      return 0;
    } catch (ProaException e) {
      assertThat(e.errorClass()).isEqualTo(ErrorClass.INVALID_ARGUMENT);
      return 1;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "linux/amd64, linux/amd64",
    "linux/x86_64, linux/amd64",
    "amd64, linux/amd64",
    "linux/aarch64, linux/arm64",
    "linux/arm64/v8, linux/arm64",
    "linux/arm, linux/arm/v7",
    "armhf, linux/arm/v7",
    "linux/arm/6, linux/arm/v6",
    "LINUX/AMD64/v3, linux/amd64/v3",
    "windows/amd64, windows/amd64",
  })
  void platformsAreBroughtToOneSpelling(String text, String normal) {
    assertThat(Platform.parse(text)).hasToString(normal);
  }

  @ParameterizedTest
  @CsvSource({"what", "a/b/c/d", "linux/", "/", "linux/am d64", "'linux/amd64;rm'"})
  void whatIsNoPlatformIsRefused(String text) {
    assertThatThrownBy(() -> Platform.parse(text)).isInstanceOf(ProaException.class);
  }

  @Test
  void theBestVariantThatRunsIsChosen() {
    List<Platform> offers = List.of(Platform.parse("linux/arm/v5"), Platform.parse("linux/arm/v7"), Platform.parse("linux/arm64"), Platform.parse("linux/arm/v6"));
    assertThat(Platform.parse("linux/arm/v7").best(offers, p -> p)).contains(Platform.parse("linux/arm/v7"));
    assertThat(Platform.parse("linux/arm/v6").best(offers, p -> p)).contains(Platform.parse("linux/arm/v6"));
    assertThat(Platform.parse("linux/arm64").best(offers, p -> p)).contains(Platform.parse("linux/arm64"));
    assertThat(Platform.parse("linux/amd64").best(offers, p -> p)).isEmpty();
    assertThat(Platform.parse("linux/amd64").best(List.of(Platform.parse("linux/amd64/v3")), p -> p)).isEmpty();
    assertThat(Platform.parse("linux/amd64/v4").best(List.of(Platform.parse("linux/amd64/v3"), Platform.parse("linux/amd64")), p -> p))
        .contains(Platform.parse("linux/amd64/v3"));
  }

  @Test
  void chainIdsFollowTheSpecification() {
    Digest a = Digest.of("a".getBytes());
    Digest b = Digest.of("b".getBytes());
    assertThat(Digest.chainIds(List.of(a, b))).containsExactly(a, Digest.of((a + " " + b).getBytes()));
    assertThat(Digest.chainIds(List.of())).isEmpty();
  }
}
