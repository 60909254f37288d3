package dev.proa.lifecycle.internal.create;

import dev.proa.lifecycle.internal.Ids;
import dev.proa.spi.ProaException;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Names of containers: which are allowed, and made-up ones for containers that were given none. */
public final class ContainerNames {
  public static final String ALLOWED = "[a-zA-Z0-9][a-zA-Z0-9_.-]";
  private static final Pattern NAME = Pattern.compile("/?" + ALLOWED + "+");

  private static final List<String> ADJECTIVES =
      List.of(
          "agile", "amber", "ancient", "balmy", "becalmed", "bold", "brave", "breezy", "bright", "brisk", "buoyant", "calm", "candid", "cheerful",
          "clear", "clever", "coastal", "copper", "coral", "crisp", "daring", "deft", "distant", "drifting", "eager", "early", "ebbing",
          "fair", "fleet", "floating", "foamy", "fresh", "gallant", "gentle", "gliding", "golden", "graceful", "hardy", "hearty", "humble",
          "indigo", "jaunty", "jolly", "keen", "kind", "leeward", "light", "lively", "lucid", "lunar", "marine", "mellow", "merry", "misty",
          "nimble", "northern", "oaken", "open", "patient", "pearly", "placid", "plucky", "polar", "proud", "quick", "quiet", "ready",
          "restless", "rolling", "rugged", "salty", "serene", "sheltered", "silent", "silver", "sleek", "smooth", "snug", "solar", "southern",
          "spry", "starry", "steady", "stout", "sunlit", "swift", "tidal", "tranquil", "trim", "trusty", "upwind", "vivid", "watchful", "western",
          "windward", "wise", "witty", "zesty");

  /** People who went to sea, or made it safer to. */
  private static final List<String> SURNAMES =
      List.of(
          "amundsen", "anson", "baffin", "baret", "barents", "bass", "beaufort", "bering", "bingham", "blackborow", "bligh", "bougainville",
          "bowditch", "brandan", "cabot", "cabral", "cartier", "chichester", "cook", "cousteau", "crozier", "dampier", "darwin", "davis",
          "dias", "drake", "earle", "elcano", "eriksson", "fitzroy", "flinders", "franklin", "freycinet", "frobisher", "fulton", "gama",
          "gudrid", "hadley", "halley", "harrison", "hawkins", "henson", "heyerdahl", "hipparchus", "hudson", "ibnbattuta", "ibnmajid", "jansz",
          "jeanne", "kamehameha", "kotzebue", "kupe", "laperouse", "lovell", "mackenzie", "magellan", "malaspina", "maury", "mercator", "moitessier",
          "nansen", "nares", "nelson", "nordenskjold", "perouse", "piailug", "plimsoll", "polo", "ptolemy", "pytheas", "quiros", "ross", "sadko",
          "scott", "selkirk", "shackleton", "slocum", "soto", "tabarly", "tasman", "tharp", "torres", "tupaia", "vancouver", "vespucci",
          "wallis", "weddell", "wegener", "wilkes", "worsley", "zheng");

  private ContainerNames() {}

  /** @return without the slash; {@code INVALID_ARGUMENT} with Docker's words */
  public static String check(String name) {
    if (!NAME.matcher(name).matches()) {
      throw ProaException.invalid("Invalid container name (" + name + "), only " + ALLOWED + " are allowed");
    }
    return name.startsWith("/") ? name.substring(1) : name;
  }

  /** A name such as {@code swift_tupaia} that is free. */
  public static String makeUp(Predicate<String> taken) {
    for (int attempt = 0; attempt < 6; attempt++) {
      String name = ADJECTIVES.get(Ids.below(ADJECTIVES.size())) + '_' + SURNAMES.get(Ids.below(SURNAMES.size()));
      String candidate = attempt == 0 ? name : name + Ids.below(10);
      if (!taken.test(candidate)) {
        return candidate;
      }
    }
    return Ids.shorten(Ids.random());
  }
}
