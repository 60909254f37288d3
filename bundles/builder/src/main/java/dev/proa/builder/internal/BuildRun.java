package dev.proa.builder.internal;

import dev.proa.builder.BuildOutcome;
import dev.proa.builder.BuildOutput;
import dev.proa.builder.BuildRequest;
import dev.proa.builder.BuildTrace;
import dev.proa.builder.internal.dockerfile.Dockerfile;
import dev.proa.builder.internal.dockerfile.Instruction;
import dev.proa.builder.internal.dockerfile.Stage;
import dev.proa.builder.internal.context.FileTree;
import dev.proa.builder.internal.layer.SquashLayer;
import dev.proa.builder.internal.run.CommandRun;
import dev.proa.images.ProgressMessage;
import dev.proa.images.Reference;
import dev.proa.images.build.Assembly;
import dev.proa.images.dockerfile.Words;
import dev.proa.lifecycle.roots.ImageRoots.ImageRoot;
import dev.proa.linux.Fd;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ExecutorService;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One build: the stages that are needed, side by side as far as none needs another, and the image made of the last. */
final class BuildRun {
  /** The build argument that sets all times of a build (reproducible-builds.org). */
  static final String EPOCH = "SOURCE_DATE_EPOCH";

  private final Parts parts;
  private final BuildRequest request;
  private final BuildContext context;
  private final Dockerfile dockerfile;
  private final BuildOutput output;
  private final BuildTrace trace;
  private final CommandRun commands;
  private final Arguments globals;
  private final @Nullable Instant epoch;
  private final Map<Integer, CompletableFuture<StageResult>> results = new HashMap<>();
  private final BaseImages images;
  /** Stacks that this build stands on: not to be pruned meanwhile. */
  private final Set<String> inUse;

  /** @param inUse where to name the stacks that must stay */
  BuildRun(Parts parts, BuildRequest request, BuildContext context, Dockerfile dockerfile, BuildOutput output, BuildTrace trace, Set<String> inUse) {
    this.parts = parts;
    this.request = request;
    this.context = context;
    this.dockerfile = dockerfile;
    this.output = output;
    this.trace = trace;
    this.inUse = inUse;
    this.images = new BaseImages(parts, request);
    this.commands = new CommandRun(parts.containers(), parts.roots(), parts.layers());
    this.globals = Arguments.global(request.buildArgs(), knownArguments());
    this.epoch = epoch();
  }

  private @Nullable Instant epoch() {
    String text = request.buildArgs().get(EPOCH);
    if (text == null || text.isEmpty()) {
      return null;
    }
    if (!text.matches("\\d{1,12}")) {
      throw ProaException.invalid("invalid " + EPOCH + " \"" + text + "\": it is to be a number of seconds");
    }
    return Instant.ofEpochSecond(Long.parseLong(text));
  }

  private Map<String, String> knownArguments() {
    String host = "linux/" + architecture();
    Map<String, String> known = new LinkedHashMap<>();
    platformArguments("BUILD", host, known);
    platformArguments("TARGET", request.platform().isEmpty() ? host : request.platform().toLowerCase(Locale.ROOT), known);
    known.put("TARGETSTAGE", request.target().isEmpty() ? "default" : request.target());
    return known;
  }

  private static void platformArguments(String prefix, String platform, Map<String, String> known) {
    String[] fields = platform.split("/");
    known.put(prefix + "PLATFORM", platform);
    known.put(prefix + "OS", fields[0]);
    known.put(prefix + "ARCH", fields.length > 1 ? fields[1] : architecture());
    known.put(prefix + "VARIANT", fields.length > 2 ? fields[2] : "");
  }

  private static String architecture() {
    return switch (System.getProperty("os.arch")) {
      case "aarch64" -> "arm64";
      case "x86_64" -> "amd64";
      case String other -> other;
    };
  }

  /** @return the image's id; null if none is to be made */
  @Nullable String run(BuildOutcome outcome) throws InterruptedException {
    List<Reference> tags = request.tags().stream().map(tag -> Reference.parse(tag).orLatest()).toList();
    for (Reference tag : tags) {
      if (tag.digest() != null) {
        throw ProaException.invalid("invalid tag " + tag.familiar() + ": a tag cannot have a digest");
      }
    }
    Words words = new Words(globals::globalValue, dockerfile.escape());
    for (Instruction global : dockerfile.globals()) {
      StageRun.declare(global, globals, words);
    }
    Stage target = target();
    List<Stage> needed = NeededStages.of(dockerfile, target, this::baseName);
    try {
      StageResult result = squashed(build(needed, target));
      if (outcome.files() != null) {
        give(result.stack(), outcome.files());
      }
      if (!outcome.image()) {
        return null;
      }
      String id = export(result, tags, outcome.made());
      output.send(new ProgressMessage(null, null, null, null, "{\"ID\":\"" + id + "\"}", null));
      for (String unused : globals.unconsumed()) {
        output.text("[Warning] One or more build-args [" + unused + "] were not consumed\n");
      }
      output.text("Successfully built " + id.substring(7, 19) + "\n");
      tags.forEach(tag -> output.text("Successfully tagged " + tag.familiar() + "\n"));
      return id;
    } finally {
      commands.cancel();
      images.close();
    }
  }

  private Stage target() {
    if (request.target().isEmpty()) {
      return dockerfile.stages().getLast();
    }
    Stage stage = dockerfile.stage(request.target(), dockerfile.stages().size());
    if (stage == null) {
      throw ProaException.invalid("target stage \"" + request.target() + "\" could not be found in " + dockerfile.name());
    }
    return stage;
  }

  /** What a stage begins with, variables replaced; names of stages are not in variables' reach before. */
  String baseName(Stage stage) {
    String name = new Words(globals::globalValue, dockerfile.escape()).expand(stage.base());
    if (name.isEmpty()) {
      throw ProaException.invalid("base name (" + stage.base() + ") should not be blank\n" + dockerfile.excerpt(stage.from()));
    }
    return name;
  }

  private StageResult build(List<Stage> needed, Stage target) throws InterruptedException {
    int total = dockerfile.globals().size();
    for (Stage stage : needed) {
      total += 1 + stage.instructions().size();
    }
    int step = 0;
    for (Instruction global : dockerfile.globals()) {
      output.text("Step " + ++step + "/" + total + " : " + global.text() + "\n");
    }
    OrderedOutput ordered = new OrderedOutput(output);
    for (Stage stage : needed) {
      results.put(stage.index(), new CompletableFuture<>());
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      int place = 0;
      for (Stage stage : needed) {
        StageRun run = new StageRun(this, parts, stage, ordered.part(place++), step, total, stage == target);
        step += 1 + stage.instructions().size();
        CompletableFuture<StageResult> result = result(stage);
        running.add(threads.submit(() -> complete(run, result)));
      }
      try {
        return firstFailureOr(needed, target);
      } catch (InterruptedException | RuntimeException e) {
        ordered.end();
        commands.cancel();
        running.forEach(future -> future.cancel(true));
        throw e;
      }
    }
  }

  private static void complete(StageRun run, CompletableFuture<StageResult> result) {
    try {
      result.complete(run.call());
    } catch (Throwable e) {
      result.completeExceptionally(e);
    }
  }

  private CompletableFuture<StageResult> result(Stage stage) {
    CompletableFuture<StageResult> result = results.get(stage.index());
    if (result == null) {
      throw ProaException.internal("stage " + stage.index() + " is used and was not found to be needed", null);
    }
    return result;
  }

  /** Waits for all stages, or the first that fails. */
  private StageResult firstFailureOr(List<Stage> needed, Stage target) throws InterruptedException {
    CompletableFuture<?>[] all = needed.stream().map(this::result).toArray(CompletableFuture[]::new);
    CompletableFuture<Void> end = CompletableFuture.allOf(all);
    for (CompletableFuture<?> one : all) {
      one.whenComplete(
          (value, failure) -> {
            if (failure != null) {
              end.completeExceptionally(failure);
            }
          });
    }
    try {
      end.get();
      return result(target).get();
    } catch (ExecutionException e) {
      throw unwrapped(e);
    }
  }

  static RuntimeException unwrapped(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof ExecutionException || cause instanceof CompletionException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return switch (cause) {
      case RuntimeException known -> known;
      case Error error -> throw error;
      case InterruptedException interrupted -> ProaException.unavailable("the build was canceled", interrupted);
      case InterruptedIOException interrupted -> ProaException.unavailable("the build was canceled", interrupted);
      default -> ProaException.internal("the build failed: " + cause.getMessage(), cause);
    };
  }

  /** With {@code --squash} one layer of all that the build made; the history tells what it was. */
  private StageResult squashed(StageResult result) {
    String base = parts.layers().stackOf(result.base()).id();
    if (!request.squash() || result.stack().equals(base)) {
      return result;
    }
    String stack;
    try (ImageRoot before = parts.roots().open(base);
        ImageRoot after = parts.roots().open(result.stack());
        InputStream layer = SquashLayer.between(new FileTree(before.fd()), new FileTree(after.fd()), latestSeconds())) {
      stack = parts.layers().push(base, layer).id();
    } catch (IOException e) {
      throw ProaException.internal("cannot make one layer of the build's: " + e.getMessage(), e);
    }
    use(stack);
    List<Assembly.Line> history = new ArrayList<>();
    result.history().forEach(line -> history.add(new Assembly.Line(line.createdBy(), line.created(), false)));
    Instant created = result.history().getLast().created();
    if (!stack.equals(base)) {
      history.add(new Assembly.Line("", created, true, SquashLayer.comment(result.stack(), result.base())));
    }
    return new StageResult(result.base(), stack, result.config(), history, result.author(), result.platform(), result.stateKey(), result.arguments());
  }

  private void give(String stack, BuildOutcome.Files files) {
    try (ImageRoot root = parts.roots().open(stack)) {
      FileTree tree = new FileTree(root.fd());
      files.take(
          new BuildOutcome.Tree() {
            @Override
            public Fd root() {
              return root.fd();
            }

            @Override
            public InputStream tar() throws IOException {
              return SquashLayer.whole(tree, latestSeconds());
            }
          });
    } catch (IOException e) {
      throw ProaException.unavailable("cannot hand out the files of the build: " + e.getMessage(), e);
    }
  }

  private String export(StageResult result, List<Reference> tags, BuildOutcome.@Nullable Made made) {
    String name = "exporting to image";
    String step = BuildTrace.id(name);
    trace.begin(step, name, List.of());
    String id = assemble(result);
    trace.progress(step, "writing image " + id, 0, 0, true);
    for (Reference tag : tags) {
      parts.images().tag(id, tag.name(), tag.tag());
      trace.progress(step, "naming to " + tag.name() + ":" + tag.tag(), 0, 0, true);
    }
    try {
      if (made != null) {
        made.take(id);
      }
    } catch (IOException e) {
      throw ProaException.unavailable("cannot hand out the image: " + e.getMessage(), e);
    }
    trace.end(step, false, null);
    return id;
  }

  private String assemble(StageResult result) {
    String stack = result.stack();
    List<Assembly.Line> history = result.history();
    Instant created = epoch != null ? epoch : history.isEmpty() ? Instant.now() : history.getLast().created();
    String platform = result.platform().isEmpty() ? null : result.platform();
    return parts.layers().assemble(new Assembly(result.base(), stack, platform, result.config(), history, created, result.author()));
  }

  // ---- What stages ask for

  /** The result of an earlier stage; waits for it. */
  StageResult await(Stage stage) throws InterruptedException {
    try {
      return result(stage).get();
    } catch (ExecutionException e) {
      throw unwrapped(e);
    }
  }

  BuildRequest request() {
    return request;
  }

  BuildTrace trace() {
    return trace;
  }

  BaseImages images() {
    return images;
  }

  BuildContext context() {
    return context;
  }

  Dockerfile dockerfile() {
    return dockerfile;
  }

  CommandRun commands() {
    return commands;
  }

  Arguments globals() {
    return globals;
  }

  /** The time of what is made now. */
  Instant now() {
    return epoch != null ? epoch : Instant.now();
  }

  /** No time in a layer is later than this, in seconds. */
  long latestSeconds() {
    return epoch != null ? epoch.getEpochSecond() : Long.MAX_VALUE;
  }

  void use(String stack) {
    inUse.add(stack);
  }
}
