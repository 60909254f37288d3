package dev.proa.scan.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.scan.Image;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayerScanTest {
  private static final String BASH = "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.1-2\n\n";
  private static final String SSL = "Package: libssl3\nStatus: install ok installed\nSource: openssl (3.0.1-1)\nArchitecture: amd64\nVersion: 3.0.1-1+b1\n\n";
  private static final String DPKG = "var/lib/dpkg/status";

  @TempDir Path folder;

  private ImageInventory image(Image... layers) throws IOException {
    List<LayerContents> contents = new java.util.ArrayList<>();
    for (Image each : layers) {
      contents.add(each.scan(folder));
    }
    try (var left = Files.list(folder)) {
      assertThat(left).as("files left behind").isEmpty();
    }
    return ImageInventory.of(contents);
  }

  private static List<String> names(ImageInventory inventory) {
    return inventory.packages().stream().map(each -> each.layer() + " " + each.record().name() + " " + each.record().version()).toList();
  }

  private static byte[] resource(String name) throws IOException {
    try (var in = Objects.requireNonNull(LayerScanTest.class.getResourceAsStream("/corpus/" + name), name)) {
      return in.readAllBytes();
    }
  }

  @Test
  void dpkgsPackagesAreThoseThatAreInstalledWithTheirSources() throws Exception {
    ImageInventory inventory = image(Image.layer().file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n").file(DPKG, BASH + SSL + "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"));
    assertThat(names(inventory)).containsExactly("0 bash 5.1-2", "0 libssl3 3.0.1-1+b1");
    assertThat(inventory.packages().getLast().record()).satisfies(ssl -> assertThat(ssl.source() + " " + ssl.sourceVersion()).isEqualTo("openssl 3.0.1-1"));
    assertThat(inventory.distribution().concerns("Debian:12")).isTrue();
    assertThat(inventory.distribution().concerns("Debian:11")).isFalse();
    assertThat(inventory.notices()).isEmpty();
  }

  @Test
  void aPackageIsOfTheLayerSinceWhichItIsThereInThisVersion() throws Exception {
    String newer = SSL.replace("3.0.1-1+b1", "3.0.2-1");
    assertThat(names(image(Image.layer().file(DPKG, BASH + SSL), Image.layer().file(DPKG, BASH + newer), Image.layer().file("./" + DPKG, BASH + newer))))
        .containsExactly("0 bash 5.1-2", "1 libssl3 3.0.2-1");
  }

  @Test
  void whatUpperLayersTakeAwayIsGone() throws Exception {
    String module = "{\"name\":\"x\",\"version\":\"1.0.0\"}";
    Image base = Image.layer().file("a/node_modules/x/package.json", module).file("b/node_modules/x/package.json", module).file("c/node_modules/x/package.json", module).file("d/node_modules/x/package.json", module);
    Image upper = Image.layer().file("a/node_modules/.wh.x", "").file("b/.wh..wh..opq", "").file("c", "a file now").file("d/node_modules/x/package.json", module.replace("1.0.0", "2.0.0"));
    assertThat(names(image(base, upper))).containsExactly("1 x 2.0.0");
  }

  @Test
  void theFilesOfADistributionsPackageAreNoPackagesOfTheirOwn() throws Exception {
    String path = "usr/lib/python3/dist-packages/six-1.16.0.egg-info";
    assertThat(names(image(Image.layer().file(DPKG, BASH).file("var/lib/dpkg/info/python3-six.list", "/.\n/" + path + "\n").file(path, "Name: six\nVersion: 1.16.0\n").file("opt/six-1.16.0.dist-info/METADATA", "Name: Six\nVersion: 1.16.0\n"))))
        .containsExactly("0 bash 5.1-2", "0 six 1.16.0");
  }

  @Test
  void apksPackagesComeFromItsDatabase() throws Exception {
    ImageInventory inventory = image(Image.layer().file("etc/os-release", "ID=alpine\nVERSION_ID=3.19.1\n").file("lib/apk/db/installed", "C:Q1x=\nP:libcrypto3\nV:3.1.4-r0\nA:x86_64\nL:Apache-2.0\no:openssl\nF:lib\nR:libcrypto.so.3\n\nP:musl\nV:1.2.4-r2\nA:x86_64\no:musl\n\n"));
    assertThat(names(inventory)).containsExactly("0 libcrypto3 3.1.4-r0", "0 musl 1.2.4-r2");
    assertThat(inventory.packages().getFirst().record().source()).isEqualTo("openssl");
    assertThat(inventory.distribution().concerns("Alpine:v3.19")).isTrue();
  }

  /** Headers that rpm itself wrote; see the corpus' README. */
  @ParameterizedTest
  @ValueSource(strings = {"rpmdb.sqlite", "Packages.db", "Packages"})
  void rpmsPackagesComeFromEachOfItsDatabases(String database) throws Exception {
    assertThat(names(image(Image.layer().file("var/lib/rpm/" + database, resource(database))))).containsExactly("0 hello 2:1.0-3", "0 libhello 1.0-3");
    assertThat(image(Image.layer().file("var/lib/rpm/" + database, resource(database))).packages().getLast().record().source()).isEqualTo("hello");
  }

  @Test
  void mavensPackagesAreFoundInArchivesWithinArchives() throws Exception {
    byte[] inner = Image.zip("META-INF/maven/org.acme/inner/pom.properties", "groupId=org.acme\nartifactId=inner\nversion=1.2\n");
    byte[] named = Image.zip("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nImplementation-Vendor-Id: org.named\n");
    byte[] outer = Image.zip("BOOT-INF/lib/inner-1.2.jar", inner, "BOOT-INF/lib/named-3.1.jar", named, "META-INF/maven/org.acme/app/pom.properties", "groupId=org.acme\nartifactId=app\nversion=7\n");
    assertThat(names(image(Image.layer().file("app.jar", outer)))).containsExactly("0 org.acme:app 7", "0 org.acme:inner 1.2", "0 org.named:named 3.1");
  }

  @Test
  void lockFilesTellOfWhatIsNotForDevelopment() throws Exception {
    String lock = "{\"lockfileVersion\":3,\"packages\":{\"\":{\"name\":\"app\",\"version\":\"1\"},\"node_modules/a\":{\"version\":\"1.0.0\"},\"node_modules/@s/b\":{\"version\":\"2.0.0\",\"dev\":true},\"node_modules/a/node_modules/@s/c\":{\"version\":\"3.0.0\"}}}";
    String old = "{\"dependencies\":{\"d\":{\"version\":\"4.0.0\",\"dependencies\":{\"e\":{\"version\":\"5.0.0\"}}}}}";
    assertThat(names(image(Image.layer().file("app/package-lock.json", lock).file("old/npm-shrinkwrap.json", old).file("y/yarn.lock", "# yarn lockfile v1\n\n\"@s/f@^6\", \"@s/f@^6.1\":\n  version \"6.1.0\"\n  resolved \"x\"\n"))))
        .containsExactly("0 @s/c 3.0.0", "0 @s/f 6.1.0", "0 a 1.0.0", "0 d 4.0.0", "0 e 5.0.0");
  }

  @Test
  void aHardLinkToMetadataIsThatPackageToo() throws Exception {
    ImageInventory inventory = image(Image.layer().file("a/node_modules/x/package.json", "{\"name\":\"x\",\"version\":\"1.0.0\"}").link("b/node_modules/x/package.json", "a/node_modules/x/package.json"));
    assertThat(inventory.packages()).singleElement().satisfies(each -> assertThat(each.paths()).hasSize(2));
  }

  /** As Debian has it: the library that reads the tar calls a symbolic link a file. */
  @Test
  void aSymbolicLinkIsNoFileOfItsOwn() throws Exception {
    ImageInventory inventory =
        image(
            Image.layer()
                .symlink("etc/os-release", "../usr/lib/os-release")
                .file("usr/lib/os-release", "ID=debian\nVERSION_ID=12\n")
                .file("a/node_modules/x/package.json", "{\"name\":\"x\",\"version\":\"1.0.0\"}")
                .symlink("b/node_modules/x/package.json", "../../../a/node_modules/x/package.json"));
    assertThat(inventory.distribution().concerns("Debian:12")).isTrue();
    assertThat(names(inventory)).containsExactly("0 x 1.0.0");
    assertThat(inventory.notices()).isEmpty();
  }

  @Test
  void whatCannotBeReadIsSaidAndTheRestIsFound() throws Exception {
    byte[] bomb = Image.zip("META-INF/maven/g/a/pom.properties", new byte[2 << 20]);
    byte[] deep = Image.zip("META-INF/maven/g/deep/pom.properties", "groupId=g\nartifactId=deep\nversion=1\n");
    for (int i = 0; i < 6; i++) {
      deep = Image.zip("x.jar", deep);
    }
    ImageInventory inventory =
        image(
            Image.layer()
                .file("../../etc/passwd", "x")
                .file("a.jar", "no archive")
                .file("b.jar", Arrays.copyOf(bomb, bomb.length / 2))
                .file("c.jar", bomb)
                .file("d.jar", deep)
                .file("n/node_modules/x/package.json", "{\"name\":")
                .file("m/node_modules/x/package.json", "[".repeat(100_000))
                .file("p.dist-info/METADATA", "no metadata")
                .file("var/lib/rpm/rpmdb.sqlite", "SQLite format 3\0" + "x".repeat(200))
                .file("var/lib/rpm/Packages", "x".repeat(500))
                .file("usr/lib/sysimage/rpm/Packages.db", "RpmP" + "x".repeat(500))
                .file("lib/apk/db/installed", "P:noversion\n\nP:musl\nV:1-r0\n\n")
                .file(DPKG, "Package: noversion\nStatus: install ok installed\n\n" + BASH));
    assertThat(inventory.packages()).extracting(each -> each.record().name()).contains("bash", "musl");
    assertThat(inventory.notices().get(0))
        .extracting(Notice::where)
        .contains("../../etc/passwd", "a.jar", "b.jar", "n/node_modules/x/package.json", "m/node_modules/x/package.json", "p.dist-info/METADATA", "var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages", "usr/lib/sysimage/rpm/Packages.db", "lib/apk/db/installed", DPKG)
        .anyMatch(where -> where.startsWith("c.jar!/"))
        .anyMatch(where -> where.startsWith("d.jar!/x.jar"));
  }

  @Test
  void aLayerThatIsCutOffIsSaidAndWhatCameBeforeStays() throws Exception {
    byte[] tar = Image.layer().file(DPKG, BASH).file("x", "y".repeat(5000)).tar();
    LayerContents contents = LayerScan.read(new ByteArrayInputStream(tar, 0, 3000), folder);
    assertThat(contents.files()).singleElement().satisfies(file -> assertThat(file.packages()).hasSize(1));
    assertThat(contents.notices()).singleElement().satisfies(notice -> assertThat(notice.text()).contains("broken after"));
  }

  /** Any bytes: an answer in bounded time, no exception, nothing left behind. */
  @ParameterizedTest
  @ValueSource(strings = {"rpmdb.sqlite", "Packages.db", "Packages", "app.jar", "status", "installed"})
  void damagedFilesEndInNotices(String name) throws Exception {
    String path = switch (name) {
      case "app.jar" -> name;
      case "status" -> DPKG;
      case "installed" -> "lib/apk/db/installed";
      default -> "var/lib/rpm/" + name;
    };
    byte[] whole = name.equals("app.jar") ? Image.zip("META-INF/maven/g/a/pom.properties", "groupId=g\nartifactId=a\nversion=1\n", "b.jar", Image.zip("x", "y")) : resource(name);
    Random random = new Random(name.hashCode());
    for (int round = 0; round < 150; round++) {
      byte[] damaged = round % 10 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
      for (int i = random.nextInt(8); i >= 0 && damaged.length > 0; i--) {
        // heads and tails hold the numbers that others go by
        int at = random.nextInt(3) == 0 ? random.nextInt(Math.min(damaged.length, 256)) : random.nextInt(damaged.length);
        damaged[at] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextBoolean() ? 0xff : 0);
      }
      image(Image.layer().file(path, damaged));
    }
  }

  @Test
  void whatIsKeptOfALayerIsWhatWasFound() throws Exception {
    LayerCache cache = new LayerCache(folder.resolve("kept"), 1 << 20);
    LayerContents found = Image.layer().file(DPKG, BASH + SSL).file("a/.wh.b", "").file("c/.wh..wh..opq", "").file("x.jar", "?").file("etc/os-release", "ID=debian\n").scan(folder);
    String digest = "sha256:" + "ab".repeat(32);
    assertThat(cache.get(digest)).isEmpty();
    cache.put(digest, found);
    LayerContents kept = cache.get(digest).orElseThrow();
    assertThat(kept).usingRecursiveComparison().isEqualTo(found);
    Path file = folder.resolve("kept/sha256-" + "ab".repeat(32) + ".v1");
    byte[] bytes = Files.readAllBytes(file);
    for (int at = 0; at < bytes.length; at += 7) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 0x40;
      Files.write(file, damaged);
      assertThat(cache.get(digest)).as("byte %d is another", at).isEmpty();
    }
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertThat(cache.get(digest)).isEmpty();
  }

  @Test
  void theLongestUnusedLayersGoFirst() throws Exception {
    LayerCache cache = new LayerCache(folder.resolve("kept"), 1000);
    LayerContents found = Image.layer().file(DPKG, BASH + SSL).file("x", "").scan(folder);
    for (int i = 0; i < 12; i++) {
      cache.put("sha256:" + String.format("%064d", i), found);
      Files.setLastModifiedTime(folder.resolve("kept/sha256-" + String.format("%064d", i) + ".v1"), java.nio.file.attribute.FileTime.fromMillis(1_000_000 + i * 1000L));
    }
    assertThat(cache.size().getValue()).isLessThanOrEqualTo(1000);
    assertThat(cache.get("sha256:" + String.format("%064d", 0))).isEmpty();
    assertThat(cache.get("sha256:" + String.format("%064d", 11))).isPresent();
  }
}
