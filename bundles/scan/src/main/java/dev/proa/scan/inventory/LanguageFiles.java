package dev.proa.scan.inventory;

/** Names of the files by which language ecosystems tell what is installed. */
final class LanguageFiles {
  private LanguageFiles() {}

  static boolean isJar(String path) {
    return path.endsWith(".jar") || path.endsWith(".war") || path.endsWith(".ear") || path.endsWith(".hpi") || path.endsWith(".jpi");
  }

  static boolean isPython(String path) {
    return path.endsWith(".dist-info/METADATA") || path.endsWith(".egg-info/PKG-INFO") || path.endsWith(".egg-info");
  }

  /** {@code …/node_modules/NAME/package.json}, {@code …/node_modules/@SCOPE/NAME/package.json}. */
  static boolean isNodeModule(String path) {
    if (!path.endsWith("/package.json")) {
      return false;
    }
    String folder = path.substring(0, path.length() - "/package.json".length());
    int at = folder.lastIndexOf("node_modules/");
    if (at < 0 || at > 0 && folder.charAt(at - 1) != '/') {
      return false;
    }
    String name = folder.substring(at + "node_modules/".length());
    int slashes = (int) name.chars().filter(c -> c == '/').count();
    return !name.isEmpty() && (name.startsWith("@") ? slashes == 1 : slashes == 0);
  }

  static boolean isNodeLock(String path) {
    return ends(path, "package-lock.json") || ends(path, "npm-shrinkwrap.json");
  }

  static boolean isYarnLock(String path) {
    return ends(path, "yarn.lock");
  }

  static boolean ends(String path, String name) {
    return path.equals(name) || path.endsWith("/" + name);
  }

  static boolean tells(String path) {
    return isJar(path) || isPython(path) || isNodeModule(path) || isNodeLock(path) || isYarnLock(path);
  }
}
