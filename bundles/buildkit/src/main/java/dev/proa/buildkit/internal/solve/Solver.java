package dev.proa.buildkit.internal.solve;

import dev.proa.builder.BuildOutput;
import dev.proa.builder.BuildOutcome;
import dev.proa.builder.BuildRequest;
import dev.proa.builder.BuildSource;
import dev.proa.builder.Builds;
import dev.proa.builder.CommandFailure;
import dev.proa.buildkit.internal.grpc.GrpcException;
import dev.proa.buildkit.internal.grpc.GrpcStatus;
import dev.proa.buildkit.internal.session.ClientSecrets;
import dev.proa.buildkit.internal.session.Session;
import dev.proa.buildkit.internal.session.Sessions;
import dev.proa.buildkit.internal.session.SshForward;
import dev.proa.buildkit.internal.session.Upload;
import dev.proa.buildkit.protocol.CacheOptions;
import dev.proa.buildkit.protocol.CacheOptionsEntry;
import dev.proa.buildkit.protocol.Exporter;
import dev.proa.images.Images;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Does what a client of BuildKit asks for, by the builder of this engine. */
public final class Solver {
  /** The front end that reads Dockerfiles. */
  public static final String DOCKERFILE = "dockerfile.v0";

  private static final String GATEWAY = "gateway.v0";

  private final Builds builds;
  private final Images images;
  private final Sessions sessions;
  private final Path sockets;

  /** @param sockets a folder of this boot for sockets of SSH agents */
  public Solver(Builds builds, Images images, Sessions sessions, Path sockets) {
    this.builds = builds;
    this.images = images;
    this.sessions = sessions;
    this.sockets = sockets;
  }

  /**
   * What is to be solved.
   *
   * @param session id of the client's session
   * @param upload the context, if it came with the request
   */
  public record Problem(String frontend, Map<String, String> attributes, String session, List<Exporter> exporters, List<String> cacheFrom, @Nullable InputStream upload) {}

  /** Images that a request names as caches; what else it names is refused. */
  public static List<String> caches(CacheOptions options) {
    for (CacheOptionsEntry export : options.getExportsList()) {
      if (!export.getType().equals("inline")) {
        throw ProaException.notImplemented("caches of the type " + export.getType() + " are not written by this engine: each image that it builds serves as a cache");
      }
    }
    List<String> images = new ArrayList<>(options.getImportRefsDeprecatedList());
    options.getImportsList().forEach(entry -> images.addAll(cache(entry)));
    return images;
  }

  /** An image that serves as a cache; empty for none. */
  public static List<String> cache(CacheOptionsEntry entry) {
    String image = entry.getAttrsOrDefault("ref", "");
    if (!entry.getType().equals("registry") || image.isEmpty()) {
      throw ProaException.notImplemented("caches of the type " + entry.getType() + " are not read by this engine: name an image, type=registry,ref=IMAGE");
    }
    return List.of(image);
  }

  /** @return what the client is told of the result */
  public Map<String, String> solve(Problem problem, StatusLog status) throws IOException, InterruptedException {
    checkFrontend(problem);
    FrontendAttributes attributes = new FrontendAttributes(problem.attributes());
    if (!attributes.get("requestid").isEmpty()) {
      return describe(problem, attributes, new Subrequest(attributes.get("requestid")), status);
    }
    Target target = new Target(problem.exporters());
    Session session = sessions.await(problem.session());
    Thread self = Thread.currentThread();
    session.whenGone(self::interrupt);
    try (SshForward ssh = new SshForward(session, sockets)) {
      return build(problem, attributes, target, session, ssh, status);
    } catch (CommandFailure e) {
      throw new GrpcException(GrpcStatus.UNKNOWN, String.valueOf(e.getMessage()));
    }
  }

  private Map<String, String> describe(Problem problem, FrontendAttributes attributes, Subrequest subrequest, StatusLog status)
      throws IOException, InterruptedException {
    if (!subrequest.readsDockerfile()) {
      return Subrequest.all();
    }
    Session session = sessions.await(problem.session());
    Thread self = Thread.currentThread();
    session.whenGone(self::interrupt);
    String context = attributes.get("context");
    boolean uploaded = context.startsWith(Upload.PREFIX);
    BuildRequest request = attributes.request(uploaded ? "" : context, List.of(), List.of(), null, null);
    if (uploaded) {
      try (Upload upload = new Upload(session, context)) {
        return subrequest.answer(builds.describe(request, new BuildSource.Archive(upload)));
      }
    }
    BuildSource source = context.isEmpty() ? new ClientFiles(session, attributes, status, false) : new BuildSource.Archive(null);
    return subrequest.answer(builds.describe(request, source));
  }

  private static void checkFrontend(Problem problem) {
    String source = problem.attributes().getOrDefault("source", problem.attributes().getOrDefault("build-arg:BUILDKIT_SYNTAX", ""));
    boolean own = source.isEmpty() || source.matches("(docker\\.io/)?docker/dockerfile(-upstream)?([:@].*)?");
    if (!own || !problem.frontend().equals(DOCKERFILE) && !problem.frontend().equals(GATEWAY) || problem.frontend().equals(GATEWAY) && source.isEmpty()) {
      String name = source.isEmpty() ? problem.frontend() : source;
      throw ProaException.notImplemented("the front end " + name + " is not part of this engine: it reads Dockerfiles itself, and nothing else");
    }
  }

  private Map<String, String> build(Problem problem, FrontendAttributes attributes, Target target, Session session, SshForward ssh, StatusLog status)
      throws IOException, InterruptedException {
    String context = attributes.get("context");
    boolean uploaded = problem.upload() != null || context.startsWith(Upload.PREFIX);
    BuildRequest request =
        attributes.request(uploaded ? "" : context, target.tags(), problem.cacheFrom(), new ClientSecrets(session), ssh);
    BuildOutput nothing = message -> {};
    BuildOutcome outcome =
        new BuildOutcome(
            target.image(),
            target.tree() ? tree -> target.send(session, tree) : null,
            target.image() ? id -> target.send(session, images, id) : null);
    InputStream sent = problem.upload();
    if (sent == null && uploaded) {
      try (Upload upload = new Upload(session, context)) {
        return target.response(builds.build(request, new BuildSource.Archive(upload), nothing, status, outcome));
      }
    }
    BuildSource source = uploaded || !context.isEmpty() ? new BuildSource.Archive(sent) : new ClientFiles(session, attributes, status, true);
    return target.response(builds.build(request, source, nothing, status, outcome));
  }
}
