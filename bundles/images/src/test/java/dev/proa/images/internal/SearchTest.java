package dev.proa.images.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.images.SearchRequest;
import dev.proa.images.SearchResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SearchTest {
  private static final String ANSWER =
      "{\"num_results\":2,\"query\":\"a b\",\"results\":[{\"name\":\"first\",\"description\":\"one\",\"star_count\":10,\"is_official\":true,\"is_automated\":false},"
          + "{\"name\":\"me/second\",\"star_count\":1}]}";

  private TestBed bed;
  private FaultyRegistry registry;

  @BeforeEach
  void open(@TempDir Path root) {
    registry = new FaultyRegistry();
    bed = new TestBed(root, List.of(), Duration.ofMillis(300));
    registry.on("/v1/search", (exchange, turn) -> FaultyRegistry.reply(exchange, 200, "application/json", ANSWER.getBytes(StandardCharsets.UTF_8)));
  }

  @AfterEach
  void close() {
    bed.close();
    registry.close();
  }

  private List<SearchResult> search(String term, int limit, Map<String, List<String>> filters) {
    return bed.images().search(new SearchRequest(term, limit, filters, null));
  }

  @Test
  void aRegistryIsAskedWithTermAndLimit() {
    assertThat(search(registry.host + "/a b", 0, Map.of())).containsExactly(new SearchResult("first", "one", 10, true), new SearchResult("me/second", "", 1, false));
    assertThat(registry.requests.getLast()).isEqualTo("/v1/search?q=a+b&n=25");
    assertThat(search(registry.host + "/x", 7, Map.of("stars", List.of("3")))).extracting(SearchResult::name).containsExactly("first");
    assertThat(search(registry.host + "/x", 7, Map.of("is-official", List.of("false")))).extracting(SearchResult::name).containsExactly("me/second");
    assertThat(search(registry.host + "/x", 7, Map.of("is-automated", List.of("true")))).isEmpty();
  }

  @Test
  void whatMakesNoSenseIsRefusedInDockersWords() {
    assertThatThrownBy(() -> search("http://x/y", 0, Map.of())).hasMessage("invalid repository name: repository name (http://x/y) should not have a scheme");
    assertThatThrownBy(() -> search("x", 101, Map.of())).hasMessage("limit 101 is outside the range of [1, 100]");
    assertThatThrownBy(() -> search("x", 0, Map.of("colour", List.of("red")))).hasMessage("invalid filter 'colour'");
    assertThatThrownBy(() -> search("x", 0, Map.of("stars", List.of("many")))).hasMessage("invalid filter 'stars=[many]'");
    assertThatThrownBy(() -> search("x", 0, Map.of("is-official", List.of("true", "false")))).hasMessage("invalid filter 'is-official=[true false]'");
  }

  @Test
  void aRegistryWithoutASearchIsSaid() {
    registry.on("/v1/search", (exchange, turn) -> FaultyRegistry.reply(exchange, 404, "text/plain", "no".getBytes(StandardCharsets.UTF_8)));
    assertThatThrownBy(() -> search(registry.host + "/x", 0, Map.of())).hasMessageStartingWith("Unexpected status code 404");
    registry.on("/v1/search", (exchange, turn) -> FaultyRegistry.reply(exchange, 200, "text/html", "<html>".getBytes(StandardCharsets.UTF_8)));
    assertThatThrownBy(() -> search(registry.host + "/x", 0, Map.of())).hasMessageContaining("is not valid JSON");
  }
}
