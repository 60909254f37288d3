package dev.proa.buildkit.internal;

import dev.proa.builder.Builds;
import dev.proa.buildkit.Buildkit;
import dev.proa.buildkit.internal.grpc.GrpcConnection;
import dev.proa.buildkit.internal.grpc.Methods;
import dev.proa.buildkit.internal.session.Sessions;
import dev.proa.buildkit.internal.solve.Jobs;
import dev.proa.buildkit.internal.solve.Solver;
import dev.proa.buildkit.internal.solve.StatusLog;
import dev.proa.buildkit.internal.solve.Uploads;
import dev.proa.buildkit.protocol.Exporter;
import dev.proa.images.Images;
import dev.proa.spi.daemon.DaemonSettings;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/** The services of BuildKit's protocol, over this engine's builder. */
public class BuildkitService implements Buildkit {
  private final Sessions sessions = new Sessions();
  private final Methods methods = new Methods();
  private final Uploads uploads = new Uploads();
  private final Solver solver;

  public BuildkitService(DaemonSettings settings, Builds builds, Images images) {
    solver = new Solver(builds, images, sessions, settings.execRoot().resolve("build").resolve("agents"));
    Jobs jobs = new Jobs();
    ControlService control = new ControlService(builds, solver, jobs, "proa", settings.version());
    control.addTo(methods);
    new GatewayService(solver, jobs, control).addTo(methods);
  }

  @Override
  public Map<String, String> build(Request request, Progress progress) throws IOException, InterruptedException {
    Exporter exporter = Exporter.newBuilder().setType(request.output()).putAllAttrs(request.outputAttributes()).build();
    Solver.Problem problem =
        new Solver.Problem(Solver.DOCKERFILE, request.attributes(), request.session(), List.of(exporter), request.cacheFrom(), request.context());
    StatusLog status = new StatusLog();
    Thread self = Thread.currentThread();
    Thread shown =
        Thread.ofVirtual()
            .name("build progress")
            .start(
                () -> {
                  try {
                    status.follow(response -> progress.take(response.toByteArray()));
                  } catch (Exception e) {
                    self.interrupt(); // nobody is there any more to be shown anything
                  }
                });
    try {
      return solver.solve(problem, status);
    } finally {
      status.over();
      shown.join();
    }
  }

  @Override
  public InputStream awaitUpload(String build) throws InterruptedException {
    return uploads.await(build);
  }

  @Override
  public void upload(String build, InputStream context) throws InterruptedException {
    uploads.give(build, context);
  }

  @Override
  public List<ChannelHandler> control() {
    return GrpcConnection.server(methods);
  }

  @Override
  public List<ChannelHandler> session(String id, String sharedKey, List<String> offered) {
    return sessions.handlers(id, sharedKey, offered);
  }
}
