package dev.proa.images.internal.registry;

import dev.proa.images.Reference;
import dev.proa.images.SearchRequest;
import dev.proa.images.SearchResult;
import dev.proa.images.internal.manifest.Json;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Looks for images by the search of Docker's first registry protocol ({@code GET /v1/search}), the only one there is. */
public final class RegistrySearch {
  private static final int DEFAULT_LIMIT = 25;
  private static final int MAX_LIMIT = 100;

  private final Registries registries;

  public RegistrySearch(Registries registries) {
    this.registries = registries;
  }

  public List<SearchResult> search(SearchRequest request) {
    Filter filter = Filter.of(request.filters());
    int limit = request.limit() == 0 ? DEFAULT_LIMIT : request.limit();
    if (limit < 1 || limit > MAX_LIMIT) {
      throw ProaException.invalid("limit " + limit + " is outside the range of [1, " + MAX_LIMIT + "]");
    }
    String term = request.term();
    if (term.contains("://")) {
      throw ProaException.invalid("invalid repository name: repository name (" + term + ") should not have a scheme");
    }
    int slash = term.indexOf('/');
    String first = slash < 0 ? "" : term.substring(0, slash);
    boolean named = first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost");
    String registry = named && !first.equals("docker.io") && !first.equals("index.docker.io") ? first : Reference.DEFAULT_DOMAIN;
    String words = named ? term.substring(slash + 1) : term;
    if (registry.equals(Reference.DEFAULT_DOMAIN) && words.startsWith("library/")) {
      words = words.substring("library/".length());
    }
    try {
      byte[] answer = registries.search(registry, words, limit, request.credentials());
      return read(answer, registry).stream().filter(filter::matches).toList();
    } catch (RegistryException e) {
      throw e.aboutPush();
    }
  }

  private static List<SearchResult> read(byte[] answer, String registry) {
    String what = "the search's answer from " + registry;
    List<SearchResult> found = new ArrayList<>();
    try {
      for (JsonNode result : Json.parseObject(answer, what).path("results")) {
        found.add(
            new SearchResult(
                Json.string(result, "name", what),
                Json.string(result, "description", what),
                Math.clamp(Json.number(result, "star_count", what), 0, Integer.MAX_VALUE),
                Json.bool(result, "is_official", what)));
      }
    } catch (ProaException e) {
      throw ProaException.internal(String.valueOf(e.getMessage()), e);
    }
    return found;
  }

  /** @param official null for any */
  private record Filter(@org.jspecify.annotations.Nullable Boolean official, int stars, boolean nothing) {
    static Filter of(Map<String, List<String>> filters) {
      Boolean official = null;
      int stars = 0;
      boolean nothing = false;
      for (Map.Entry<String, List<String>> filter : filters.entrySet()) {
        switch (filter.getKey()) {
          case "is-official" -> official = bool(filter);
          // Nothing is built by Docker Hub any more.
          case "is-automated" -> nothing = bool(filter);
          case "stars" -> stars = filter.getValue().stream().mapToInt(value -> number(filter, value)).max().orElse(0);
          default -> throw ProaException.invalid("invalid filter '" + filter.getKey() + "'");
        }
      }
      return new Filter(official, stars, nothing);
    }

    private static boolean bool(Map.Entry<String, List<String>> filter) {
      List<String> values = filter.getValue();
      if (values.size() == 1) {
        switch (values.getFirst()) {
          case "1", "true" -> {
            return true;
          }
          case "0", "false" -> {
            return false;
          }
          default -> {}
        }
      }
      throw invalid(filter);
    }

    private static int number(Map.Entry<String, List<String>> filter, String value) {
      try {
        return Integer.parseInt(value);
      } catch (NumberFormatException e) {
        throw invalid(filter);
      }
    }

    private static ProaException invalid(Map.Entry<String, List<String>> filter) {
      return ProaException.invalid("invalid filter '" + filter.getKey() + "=[" + String.join(" ", filter.getValue()) + "]'");
    }

    boolean matches(SearchResult result) {
      return !nothing && result.stars() >= stars && (official == null || official == result.official());
    }
  }
}
