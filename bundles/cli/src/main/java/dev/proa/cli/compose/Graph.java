package dev.proa.cli.compose;

import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** Does something with services side by side, each after those that it comes after; the first failure is the one that is told, and nothing new is begun after it. */
final class Graph {
  private Graph() {}

  interface Action {
    void on(String service) throws IOException;
  }

  interface ContainerAction {
    void on(Container container) throws IOException;
  }

  /** Does it with containers that do not need each other. */
  static void all(List<Container> containers, ContainerAction action) throws IOException {
    if (containers.size() == 1) {
      action.on(containers.getFirst());
      return;
    }
    Map<String, Container> byId = new LinkedHashMap<>();
    containers.forEach(container -> byId.put(container.id(), container));
    each(byId.keySet(), id -> List.of(), id -> action.on(Objects.requireNonNull(byId.get(id))));
  }

  /** @param before the services, among those given or not, that have to be done before one */
  static void each(Collection<String> services, Function<String, ? extends Collection<String>> before, Action action) throws IOException {
    Map<String, CompletableFuture<Void>> futures = new LinkedHashMap<>();
    services.forEach(name -> futures.put(name, new CompletableFuture<>()));
    Map<String, Set<String>> edges = withoutCycles(services, before);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Map.Entry<String, CompletableFuture<Void>> entry : futures.entrySet()) {
        List<CompletableFuture<Void>> first = edges.getOrDefault(entry.getKey(), Set.of()).stream().map(futures::get).toList();
        threads.execute(
            () -> {
              try {
                CompletableFuture.allOf(first.toArray(CompletableFuture[]::new)).join();
                action.on(entry.getKey());
                entry.getValue().complete(null);
              } catch (CompletionException e) {
                entry.getValue().completeExceptionally(e.getCause());
              } catch (IOException | RuntimeException e) {
                entry.getValue().completeExceptionally(e);
              }
            });
      }
      Throwable failure = null;
      for (CompletableFuture<Void> future : futures.values()) {
        try {
          future.join();
        } catch (CompletionException e) {
          failure = failure == null ? e.getCause() : failure;
        }
      }
      switch (failure) {
        case null -> {}
        case IOException e -> throw e;
        case RuntimeException e -> throw e;
        default -> throw new IllegalStateException(failure);
      }
    }
  }

  /** Labels of strangers' containers may say anything: what would close a circle is left out, because nothing would ever begin. */
  private static Map<String, Set<String>> withoutCycles(Collection<String> services, Function<String, ? extends Collection<String>> before) {
    Map<String, Set<String>> edges = new HashMap<>();
    for (String service : services) {
      visit(service, services, before, edges, new HashSet<>());
    }
    return edges;
  }

  private static void visit(
      String service, Collection<String> services, Function<String, ? extends Collection<String>> before, Map<String, Set<String>> edges, Set<String> open) {
    if (edges.containsKey(service)) {
      return;
    }
    open.add(service);
    Set<String> first = new LinkedHashSet<>();
    for (String other : before.apply(service)) {
      if (services.contains(other) && !open.contains(other)) {
        visit(other, services, before, edges, open);
        first.add(other);
      }
    }
    open.remove(service);
    edges.put(service, first);
  }
}
