package dev.proa.buildkit.internal;

import com.google.protobuf.ByteString;
import dev.proa.buildkit.internal.grpc.GrpcException;
import dev.proa.buildkit.internal.grpc.GrpcStatus;
import dev.proa.buildkit.internal.grpc.Methods;
import dev.proa.buildkit.internal.grpc.ServerCall;
import dev.proa.buildkit.internal.solve.Job;
import dev.proa.buildkit.internal.solve.Jobs;
import dev.proa.buildkit.internal.solve.Solver;
import dev.proa.buildkit.protocol.ApiCap;
import dev.proa.buildkit.protocol.CacheOptionsEntry;
import dev.proa.buildkit.protocol.Empty;
import dev.proa.buildkit.protocol.GatewayRef;
import dev.proa.buildkit.protocol.GatewayResult;
import dev.proa.buildkit.protocol.GatewaySolveRequest;
import dev.proa.buildkit.protocol.GatewaySolveResponse;
import dev.proa.buildkit.protocol.PongResponse;
import dev.proa.buildkit.protocol.ReturnRequest;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code moby.buildkit.v1.frontend.LLBBridge}: a client with a front end of its own, such as buildx, asks here for the front end that does the work. A build is
 * done whole, its result written included, when it is asked for.
 */
final class GatewayService {
  private static final String SERVICE = "/moby.buildkit.v1.frontend.LLBBridge/";
  private static final String BUILD = "buildkit-controlapi-buildid";

  /** What the client may do: ask for a front end, and return what that gave. */
  private static final List<String> CAPABILITIES =
      List.of("solve.base", "return", "importcaches", "proto.refarray", "frontend.caps", "gateway.solve.metadata", "gateway.solve.evaluate", "gateway.evaluate", "gateway.warnings");

  private final Solver solver;
  private final Jobs jobs;
  private final ControlService control;

  GatewayService(Solver solver, Jobs jobs, ControlService control) {
    this.solver = solver;
    this.jobs = jobs;
    this.control = control;
  }

  void addTo(Methods methods) {
    methods
        .unary(SERVICE + "Ping", Empty.parser(), (question, call) -> pong(call))
        .unary(SERVICE + "Solve", GatewaySolveRequest.parser(), this::solve)
        .unary(SERVICE + "Return", ReturnRequest.parser(), this::give)
        .unary(SERVICE + "Evaluate", Empty.parser(), (question, call) -> Empty.getDefaultInstance())
        .unary(SERVICE + "Warn", Empty.parser(), (question, call) -> Empty.getDefaultInstance());
    for (String method :
        List.of("ResolveImageConfig", "ResolveSourceMeta", "ReadFile", "ReadDir", "StatFile", "Inputs", "NewContainer", "ReleaseContainer", "ExecProcess")) {
      methods.add(SERVICE + method, ControlService.refused("front ends of a client's own may ask for a Dockerfile's build and for nothing else (" + method + ")"));
    }
  }

  private Job job(ServerCall call) throws InterruptedException {
    String name = call.metadata(BUILD);
    if (name == null) {
      throw ProaException.invalid("the call names no build in the header " + BUILD);
    }
    return jobs.await(name);
  }

  private PongResponse pong(ServerCall call) throws InterruptedException {
    job(call);
    PongResponse.Builder pong = PongResponse.newBuilder().addWorkers(control.worker());
    CAPABILITIES.forEach(id -> pong.addFrontendApiCaps(ApiCap.newBuilder().setId(id).setEnabled(true)));
    return pong.build();
  }

  private GatewaySolveResponse solve(GatewaySolveRequest request, ServerCall call) throws Exception {
    Job job = job(call);
    if (request.getDefinition().getDefCount() > 0 || request.getFrontendInputsCount() > 0 || request.getFrontend().isEmpty()) {
      throw ProaException.notImplemented("graphs of steps (LLB) are not part of this engine: it builds Dockerfiles");
    }
    List<String> caches = new ArrayList<>(Solver.caches(job.request().getCache()));
    for (CacheOptionsEntry entry : request.getCacheImportsList()) {
      Solver.cache(entry).stream().filter(image -> !caches.contains(image)).forEach(caches::add);
    }
    Map<String, String> attributes = new LinkedHashMap<>(request.getFrontendOptMap());
    Solver.Problem problem = new Solver.Problem(request.getFrontend(), attributes, job.request().getSession(), job.exporters(), caches, null);
    Map<String, String> response = solver.solve(problem, job.status());
    job.response().putAll(response);
    GatewayRef ref = GatewayRef.newBuilder().setId("result").build();
    GatewayResult.Builder result = GatewayResult.newBuilder().setRef(ref).putMetadata("proa.result", ByteString.EMPTY);
    if (attributes.containsKey("requestid")) {
      response.forEach((name, value) -> result.putMetadata(name, ByteString.copyFromUtf8(value)));
    }
    return GatewaySolveResponse.newBuilder().setResult(result).build();
  }

  private Empty give(ReturnRequest request, ServerCall call) throws InterruptedException {
    Job job = job(call);
    if (request.hasError() && request.getError().getCode() != 0) {
      job.returned().completeExceptionally(new GrpcException(GrpcStatus.UNKNOWN, request.getError().getMessage()));
    } else {
      job.returned().complete(request.getResult());
    }
    return Empty.getDefaultInstance();
  }
}
