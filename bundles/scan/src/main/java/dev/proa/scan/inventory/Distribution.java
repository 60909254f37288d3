package dev.proa.scan.inventory;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The distribution that an image is made of, by its {@code os-release} (os-release(5)).
 *
 * @param id such as {@code debian}; empty if there is none
 * @param version such as {@code 12} or {@code 3.19.1}
 */
public record Distribution(String id, String version, String prettyName) {
  public static final Distribution NONE = new Distribution("", "", "");

  static Distribution parse(byte[] file) {
    Map<String, String> values = new HashMap<>();
    for (String line : new String(file, StandardCharsets.UTF_8).split("\n", 200)) {
      int equals = line.indexOf('=');
      if (equals > 0 && !line.startsWith("#")) {
        values.put(line.substring(0, equals).strip(), unquote(line.substring(equals + 1).strip()));
      }
    }
    PackageRecord cleaned =
        PackageRecord.of(PackageType.DEB, values.getOrDefault("ID", "").toLowerCase(Locale.ROOT), values.getOrDefault("VERSION_ID", ""), values.getOrDefault("PRETTY_NAME", ""));
    return new Distribution(cleaned.name(), cleaned.version(), cleaned.license());
  }

  private static String unquote(String value) {
    boolean quoted = value.length() > 1 && (value.charAt(0) == '"' || value.charAt(0) == '\'') && value.charAt(value.length() - 1) == value.charAt(0);
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  /** The version without what follows its second dot: {@code 3.19}. */
  public String minor() {
    String[] parts = version.split("[._]", 3);
    return parts.length < 2 ? version : parts[0] + "." + parts[1];
  }

  public String major() {
    return version.split("\\.", 2)[0];
  }

  /** Whether advisories of an ecosystem, as OSV calls it ({@code Debian:12}), are about this distribution. */
  public boolean concerns(String ecosystem) {
    int colon = ecosystem.indexOf(':');
    String family = colon < 0 ? ecosystem : ecosystem.substring(0, colon);
    String release = colon < 0 ? "" : ecosystem.substring(colon + 1);
    return switch (id) {
      case "debian" -> family.equals("Debian") && (release.isEmpty() || release.equals(major()));
      case "ubuntu" -> family.equals("Ubuntu") && (release.equals(version) || release.equals(version + ":LTS"));
      case "alpine" -> family.equals("Alpine") && release.equals("v" + minor());
      case "wolfi" -> family.equals("Wolfi");
      case "chainguard" -> family.equals("Chainguard");
      case "rocky" -> family.equals("Rocky Linux") && release.equals(major());
      case "almalinux" -> family.equals("AlmaLinux") && release.equals(major());
      case "rhel" -> family.equals("Red Hat") && (":" + release + ":").contains(":enterprise_linux:" + major() + ":");
      case "opensuse-leap" -> family.equals("openSUSE") && release.equals("Leap " + version);
      case "opensuse-tumbleweed" -> family.equals("openSUSE") && release.equals("Tumbleweed");
      case "sles" -> family.equals("SUSE") && (release + " ").startsWith("Linux Enterprise Server " + major() + suseServicePack() + " ");
      case "openeuler" -> family.equals("openEuler") && release.startsWith(version);
      case "mageia" -> family.equals("Mageia") && release.equals(major());
      case "azurelinux" -> family.equals("Azure Linux") && release.equals(major());
      default -> false;
    };
  }

  private String suseServicePack() {
    int dot = version.indexOf('.');
    return dot < 0 ? "" : " SP" + version.substring(dot + 1);
  }
}
