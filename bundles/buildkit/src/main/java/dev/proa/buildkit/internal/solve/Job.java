package dev.proa.buildkit.internal.solve;

import dev.proa.buildkit.protocol.Exporter;
import dev.proa.buildkit.protocol.GatewayResult;
import dev.proa.buildkit.protocol.SolveRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** A build that a client has asked for. */
public final class Job {
  private final SolveRequest request;
  private final StatusLog status = new StatusLog();
  /** What the client's own front end comes to; without one it stays open. */
  private final CompletableFuture<GatewayResult> returned = new CompletableFuture<>();

  private final Map<String, String> response = new ConcurrentHashMap<>();

  public Job(SolveRequest request) {
    this.request = request;
  }

  public SolveRequest request() {
    return request;
  }

  public StatusLog status() {
    return status;
  }

  public CompletableFuture<GatewayResult> returned() {
    return returned;
  }

  /** What the client is told of the result. */
  public Map<String, String> response() {
    return response;
  }

  /** Where the result goes. */
  public List<Exporter> exporters() {
    if (request.getExportersCount() > 0) {
      return request.getExportersList();
    }
    String old = request.getExporterDeprecated();
    return old.isEmpty() ? List.of() : List.of(Exporter.newBuilder().setType(old).putAllAttrs(request.getExporterAttrsDeprecatedMap()).build());
  }

  void over() {
    status.over();
  }
}
