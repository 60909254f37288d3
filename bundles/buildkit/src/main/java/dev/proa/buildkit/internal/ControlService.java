package dev.proa.buildkit.internal;

import com.google.protobuf.Timestamp;
import dev.proa.builder.Builds;
import dev.proa.builder.CacheRecord;
import dev.proa.buildkit.internal.grpc.GrpcException;
import dev.proa.buildkit.internal.grpc.GrpcStatus;
import dev.proa.buildkit.internal.grpc.Methods;
import dev.proa.buildkit.internal.grpc.ServerCall;
import dev.proa.buildkit.internal.solve.Job;
import dev.proa.buildkit.internal.solve.Jobs;
import dev.proa.buildkit.internal.solve.Solver;
import dev.proa.buildkit.protocol.BuildkitVersion;
import dev.proa.buildkit.protocol.DiskUsageRequest;
import dev.proa.buildkit.protocol.DiskUsageResponse;
import dev.proa.buildkit.protocol.Empty;
import dev.proa.buildkit.protocol.GcPolicy;
import dev.proa.buildkit.protocol.InfoResponse;
import dev.proa.buildkit.protocol.ListWorkersResponse;
import dev.proa.buildkit.protocol.Platform;
import dev.proa.buildkit.protocol.PruneRequest;
import dev.proa.buildkit.protocol.SolveRequest;
import dev.proa.buildkit.protocol.SolveResponse;
import dev.proa.buildkit.protocol.StatusRequest;
import dev.proa.buildkit.protocol.UsageRecord;
import dev.proa.buildkit.protocol.WorkerRecord;
import dev.proa.spi.ProaException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/** {@code moby.buildkit.v1.Control}. */
final class ControlService {
  private static final String SERVICE = "/moby.buildkit.v1.Control/";

  private final Builds builds;
  private final Solver solver;
  private final Jobs jobs;
  private final String worker;
  private final String version;

  /**
   * @param worker this engine's name as one that builds
   * @param version of this engine
   */
  ControlService(Builds builds, Solver solver, Jobs jobs, String worker, String version) {
    this.builds = builds;
    this.solver = solver;
    this.jobs = jobs;
    this.worker = worker;
    this.version = version;
  }

  void addTo(Methods methods) {
    methods
        .unary(SERVICE + "Solve", SolveRequest.parser(), this::solve)
        .streaming(SERVICE + "Status", StatusRequest.parser(), this::status)
        .unary(SERVICE + "DiskUsage", DiskUsageRequest.parser(), this::diskUsage)
        .streaming(SERVICE + "Prune", PruneRequest.parser(), this::prune)
        .unary(SERVICE + "ListWorkers", Empty.parser(), (question, call) -> ListWorkersResponse.newBuilder().addRecord(worker()).build())
        .unary(SERVICE + "Info", Empty.parser(), (question, call) -> InfoResponse.newBuilder().setBuildkitVersion(version()).build())
        .add(SERVICE + "Session", refused("sessions come by POST /session on this engine"))
        .streaming(SERVICE + "ListenBuildHistory", Empty.parser(), (question, call) -> {}) // none is kept: the list is empty
        .add(SERVICE + "UpdateBuildHistory", refused("this engine keeps no history of builds"));
  }

  static Methods.Method refused(String why) {
    return call -> {
      throw new GrpcException(GrpcStatus.UNIMPLEMENTED, why);
    };
  }

  private SolveResponse solve(SolveRequest request, ServerCall call) throws Exception {
    if (request.getDefinition().getDefCount() > 0 || request.getFrontendInputsCount() > 0) {
      throw ProaException.notImplemented("graphs of steps (LLB) are not part of this engine: it builds Dockerfiles");
    }
    Job job = new Job(request);
    jobs.add(job);
    try {
      if (!request.getFrontend().isEmpty()) {
        Solver.Problem problem =
            new Solver.Problem(
                request.getFrontend(), request.getFrontendAttrsMap(), request.getSession(), job.exporters(), Solver.caches(request.getCache()), null);
        return SolveResponse.newBuilder().putAllExporterResponse(solver.solve(problem, job.status())).build();
      }
      // The client has a front end of its own, and says by the gateway what it comes to.
      Solver.caches(request.getCache());
      job.returned().get();
      return SolveResponse.newBuilder().putAllExporterResponse(job.response()).build();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception known ? known : e;
    } finally {
      job.returned().cancel(true);
      jobs.remove(job);
    }
  }

  private void status(StatusRequest request, ServerCall call) throws Exception {
    jobs.await(request.getRef()).status().follow(call::send);
  }

  private DiskUsageResponse diskUsage(DiskUsageRequest request, ServerCall call) {
    DiskUsageResponse.Builder response = DiskUsageResponse.newBuilder();
    for (CacheRecord record : builds.cache()) {
      response.addRecord(record(record));
    }
    return response.build();
  }

  private static Timestamp stamp(Instant time) {
    return Timestamp.newBuilder().setSeconds(time.getEpochSecond()).setNanos(time.getNano()).build();
  }

  private static UsageRecord record(CacheRecord record) {
    UsageRecord.Builder usage =
        UsageRecord.newBuilder()
            .setId(record.id())
            .setInUse(record.inUse())
            .setSize(record.sizeBytes())
            .setCreatedAt(stamp(record.created()))
            .setUsageCount(record.usageCount())
            .setDescription(record.description())
            .setRecordType(record.type())
            .setShared(record.shared())
            .addAllParents(record.parents());
    Instant used = record.lastUsed();
    if (used != null) {
      usage.setLastUsedAt(stamp(used));
    }
    return usage.build();
  }

  private void prune(PruneRequest request, ServerCall call) throws Exception {
    Map<String, List<String>> filters = new HashMap<>();
    for (String filter : request.getFilterList()) {
      for (String each : filter.split(",")) {
        if (each.isEmpty()) {
          continue; // buildx joins its filters, also none
        }
        String[] pair = each.split("==|~=|=", 2);
        filters.computeIfAbsent(pair[0], name -> new ArrayList<>()).add(pair.length < 2 ? "true" : pair[1]);
      }
    }
    if (request.getKeepDuration() > 0) {
      filters.put("unused-for", List.of(request.getKeepDuration() + "ns"));
    }
    long keep = Math.max(request.getReservedSpace(), request.getMaxUsedSpace());
    Map<String, CacheRecord> before = new HashMap<>();
    builds.cache().forEach(record -> before.put(record.id(), record));
    for (String id : builds.prune(request.getAll(), keep, filters).ids()) {
      CacheRecord record = before.get(id);
      if (record != null) {
        call.send(record(record));
      }
    }
  }

  WorkerRecord worker() {
    String arch = System.getProperty("os.arch");
    Platform platform = Platform.newBuilder().setOs("linux").setArchitecture(arch.equals("aarch64") ? "arm64" : "amd64").build();
    return WorkerRecord.newBuilder()
        .setId(worker)
        .putLabels("org.mobyproject.buildkit.worker.executor", "proa")
        .putLabels("org.mobyproject.buildkit.worker.hostname", worker)
        .addPlatforms(platform)
        .addGcPolicy(GcPolicy.newBuilder().setAll(true))
        .setBuildkitVersion(version())
        .build();
  }

  private BuildkitVersion version() {
    return BuildkitVersion.newBuilder().setPackage("dev.proa").setVersion(version).setRevision("").build();
  }
}
