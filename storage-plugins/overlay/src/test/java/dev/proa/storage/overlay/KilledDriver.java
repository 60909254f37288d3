package dev.proa.storage.overlay;

import dev.proa.spi.ProaException;
import dev.proa.spi.conformance.LayerTar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process of its own that works on a state folder until it is killed. */
final class KilledDriver {
  private KilledDriver() {}

  public static void main(String[] arguments) throws IOException {
    OverlayDriver driver = new OverlayDriver();
    driver.open(new TestFolders(Path.of(arguments[0])));
    System.out.println("ready");
    System.out.flush();
    for (int round = 0; ; round++) {
      String base = "base-" + ProcessHandle.current().pid() + "-" + round;
      driver.apply(base, null, layer(1).stream());
      driver.apply(base + "-child", base, layer(2).stream());
      driver.prepare("active-of-" + base, base);
      driver.prepare("committed-" + base, base);
      driver.commit("layer-of-" + base, "committed-" + base);
      driver.view("view-of-" + base, base);
      try {
        driver.remove("view-of-" + base);
        driver.remove(base + "-child");
      } catch (ProaException e) {
        Files.writeString(Path.of(arguments[0]).resolveSibling("failure"), e.toString());
      }
    }
  }

  /** What a layer of this test holds. */
  static LayerTar layer(int version) {
    LayerTar layer = new LayerTar().directory("d");
    for (int i = 0; i < 60; i++) {
      layer.file("d/file-" + i, ("content of " + version + " ").repeat(i * 10));
    }
    return layer.hardLink("d/link", "d/file-7").symbolicLink("s", "d");
  }
}
