package dev.proa.launcher;

import java.util.Arrays;
import java.util.Optional;

/** The flags of {@code proad}: dockerd's names wherever dockerd has one, in the order in which help lists them. */
enum Flag {
  BRIDGE('b', "bridge", Kind.ONE, "string", "none disables the default bridge network"),
  BIP('\0', "bip", Kind.ONE, "string", "IP address and prefix of the default bridge"),
  CONFIG_FILE('\0', "config-file", Kind.ONE, "string", "Daemon configuration file (default \"/etc/proa/daemon.json\")"),
  DATA_ROOT('\0', "data-root", Kind.ONE, "string", "Root directory of persistent state (default \"/var/lib/proa\")"),
  DEBUG('D', "debug", Kind.SWITCH, "", "Enable debug mode"),
  DEFAULT_ISOLATION('\0', "default-isolation", Kind.ONE, "string", "Isolation backend of containers that ask for none (default \"namespace\")"),
  EXEC_ROOT('\0', "exec-root", Kind.ONE, "string", "Root directory of state of this boot (default \"/run/proa\")"),
  EXPERIMENTAL('\0', "experimental", Kind.SWITCH, "", "Enable experimental features"),
  HELP('h', "help", Kind.SWITCH, "", "Print usage"),
  HOST('H', "host", Kind.LIST, "list", "Daemon socket to listen on (default \"unix://EXEC-ROOT/proa.sock\")"),
  HTTP_PROXY('\0', "http-proxy", Kind.ONE, "string", "Proxy for requests by HTTP, before HTTP_PROXY of the environment"),
  HTTPS_PROXY('\0', "https-proxy", Kind.ONE, "string", "Proxy for requests by HTTPS, before HTTPS_PROXY of the environment"),
  INSECURE_REGISTRY('\0', "insecure-registry", Kind.LIST, "list", "Registry that may speak plain HTTP or show an unverifiable certificate"),
  LABEL('\0', "label", Kind.LIST, "list", "Set key=value labels to the daemon"),
  LOG_LEVEL('l', "log-level", Kind.ONE, "string", "Logging level (\"debug\"|\"info\"|\"warn\"|\"error\"|\"fatal\") (default \"info\")"),
  NO_PROXY('\0', "no-proxy", Kind.ONE, "string", "Hosts that no proxy is asked for, before NO_PROXY of the environment"),
  PIDFILE('p', "pidfile", Kind.ONE, "string", "Path of the file for the daemon's pid (default \"EXEC-ROOT/proad.pid\")"),
  REGISTRY_MIRROR('\0', "registry-mirror", Kind.LIST, "list", "Registry mirror asked before Docker Hub"),
  STORAGE_DRIVER('s', "storage-driver", Kind.ONE, "string", "Storage driver to use"),
  USERNS_REMAP('\0', "userns-remap", Kind.ONE, "string", "User/Group setting for user namespaces"),
  VERSION('v', "version", Kind.SWITCH, "", "Print version information and quit");

  /** How often a flag may be given and whether it takes a value. */
  enum Kind {
    SWITCH,
    ONE,
    LIST
  }

  private final char shortName;
  private final String longName;
  private final Kind kind;
  private final String valueName;
  private final String text;

  Flag(char shortName, String longName, Kind kind, String valueName, String text) {
    this.shortName = shortName;
    this.longName = longName;
    this.kind = kind;
    this.valueName = valueName;
    this.text = text;
  }

  String longName() {
    return longName;
  }

  /** The key in the configuration file: dockerd uses the plural for the lists. */
  String configKey() {
    return switch (this) {
      case HOST -> "hosts";
      case INSECURE_REGISTRY -> "insecure-registries";
      case LABEL -> "labels";
      case REGISTRY_MIRROR -> "registry-mirrors";
      default -> longName;
    };
  }

  /** Whether the flag can stand in the configuration file at all. */
  boolean configurable() {
    return this != HELP && this != VERSION && this != CONFIG_FILE;
  }

  Kind kind() {
    return kind;
  }

  static Optional<Flag> byLongName(String name) {
    return Arrays.stream(values()).filter(flag -> flag.longName.equals(name)).findFirst();
  }

  static Optional<Flag> byShortName(char name) {
    return Arrays.stream(values()).filter(flag -> flag.shortName == name && name != '\0').findFirst();
  }

  static Optional<Flag> byConfigKey(String key) {
    return Arrays.stream(values()).filter(flag -> flag.configurable() && flag.configKey().equals(key)).findFirst();
  }

  static String help() {
    StringBuilder out = new StringBuilder(2048);
    out.append(
        """
        Usage:  proad [OPTIONS]

        A Docker-compatible container engine.

        Options:
        """);
    for (Flag flag : values()) {
      String left = (flag.shortName == '\0' ? "      " : "  -" + flag.shortName + ", ") + "--" + flag.longName + " " + flag.valueName;
      out.append(String.format("%-36s%s%n", left, flag.text));
    }
    out.append(
        """

        Examples:
          proad                                              on /run/proa/proa.sock
          proad -H unix:///run/proa/proa.sock -D             with debug messages
          proad --data-root /srv/two --exec-root /run/two    a second daemon beside the first
        """);
    return out.toString();
  }
}
