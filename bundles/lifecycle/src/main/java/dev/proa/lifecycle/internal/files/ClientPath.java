package dev.proa.lifecycle.internal.files;

import java.nio.file.Path;

/**
 * A path of a container as a client gives it, made absolute. {@code ..} is taken away by name, as the Docker Engine does it; a slash or
 * {@code /.} at the end stays, for it says that a link is to be followed and which name a folder has in an archive.
 *
 * @param text absolute, {@code /} for the root
 */
record ClientPath(String text) {

  static ClientPath of(String given) {
    String clean = Path.of("/" + given).normalize().toString();
    if (given.endsWith("/.") || given.equals(".")) {
      return new ClientPath(clean.equals("/") ? "/." : clean + "/.");
    }
    return new ClientPath(given.endsWith("/") && !clean.equals("/") ? clean + "/" : clean);
  }

  /** The last component; {@code .} where the path ends so, {@code /} for the root. */
  String base() {
    String name = text.endsWith("/") && text.length() > 1 ? text.substring(0, text.length() - 1) : text;
    return name.equals("/") ? "/" : name.substring(name.lastIndexOf('/') + 1);
  }

  /** The folder of the last component, for what is no folder itself. */
  String parent() {
    int slash = text.lastIndexOf('/');
    return slash <= 0 ? "/" : text.substring(0, slash);
  }
}
