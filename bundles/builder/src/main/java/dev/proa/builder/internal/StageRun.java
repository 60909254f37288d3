package dev.proa.builder.internal;

import dev.proa.builder.CommandFailure;
import dev.proa.builder.internal.cache.BuildCache.Step;
import dev.proa.builder.internal.context.Hash;
import dev.proa.builder.internal.dockerfile.Dockerfile;
import dev.proa.builder.internal.dockerfile.Instruction;
import dev.proa.builder.internal.dockerfile.Stage;
import dev.proa.builder.internal.run.RunMount;
import dev.proa.images.ImageConfig;
import dev.proa.images.ImageRecord;
import dev.proa.images.build.Assembly.Line;
import dev.proa.images.build.BuildImages.Stack;
import dev.proa.images.dockerfile.ConfigInstructions;
import dev.proa.images.dockerfile.Words;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Builds one stage, step by step. A step that makes a layer is looked for in the cache by all that it reads; one that does not is done in no time, and is
 * kept there for its time alone, so that the same build gives the same image.
 */
final class StageRun implements Callable<StageResult> {
  private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final BuildRun build;
  private final Parts parts;
  private final Stage stage;
  private final OrderedOutput.Part out;
  private final int total;
  private final boolean target;
  private final StageTrace trace;
  private final Arguments arguments;
  private final Words words;
  private final List<Line> history = new ArrayList<>();
  private final Map<String, Step> made = new LinkedHashMap<>();

  private int step;
  private @Nullable String base;
  private String stack = "";
  private String stateKey = "";
  private String platform = "";
  private String author = "";
  private ConfigInstructions config = new ConfigInstructions(ImageConfig.EMPTY);
  private @Nullable HistoryCache cacheFrom;

  /**
   * @param step how many steps are numbered before this stage's
   * @param target whether its result is the image
   */
  StageRun(BuildRun build, Parts parts, Stage stage, OrderedOutput.Part out, int step, int total, boolean target) {
    this.build = build;
    this.parts = parts;
    this.stage = stage;
    this.out = out;
    this.step = step;
    this.total = total;
    this.target = target;
    String base = build.baseName(stage);
    boolean image = !base.equals("scratch") && build.dockerfile().stage(base, stage.index()) == null;
    this.trace = new StageTrace(build.trace(), stage, image);
    this.arguments = build.globals().stage();
    this.words = new Words(this::variable, build.dockerfile().escape());
  }

  /** Stages or images that an instruction copies from: known before anything runs, so without variables. */
  static List<String> sourcesOf(Instruction instruction) {
    List<String> sources =
        switch (instruction.name()) {
          case "COPY" -> instruction.flags("from");
          case "RUN" -> instruction.flags("mount").stream().map(text -> RunMount.parse(text).from()).filter(from -> !from.isEmpty()).toList();
          default -> List.of();
        };
    for (String source : sources) {
      if (source.indexOf('$') >= 0) {
        throw ProaException.invalid(
            "'" + source + "': variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround");
      }
    }
    return sources;
  }

  /** {@code ARG}. */
  static void declare(Instruction instruction, Arguments arguments, Words words) {
    for (String word : words.raw(instruction.rest())) {
      int equals = word.indexOf('=');
      String name = words.expand(equals < 0 ? word : word.substring(0, equals));
      if (name.isEmpty()) {
        throw ProaException.invalid("ARG names can not be blank");
      }
      arguments.declare(name, equals < 0 ? null : words.expand(word.substring(equals + 1)));
    }
  }

  private @Nullable String variable(String name) {
    String value = config.env().get(name);
    return value != null ? value : arguments.value(name);
  }

  @Override
  public StageResult call() throws Exception {
    try {
      begin();
      for (Instruction instruction : stage.instructions()) {
        announce(instruction.text());
        located(instruction);
      }
      if (target) {
        labels();
      }
      parts.cache().put(made);
      StageResult result = new StageResult(base, stack, config.result(), history, author, platform, stateKey, arguments);
      out.done();
      return result;
    } catch (Exception e) {
      // What was made stays of use, and what was said says why.
      parts.cache().put(made);
      out.failed();
      throw e;
    }
  }

  private void announce(String text) {
    out.text("Step " + ++step + "/" + total + " : " + text + "\n");
  }

  /** A failure names where in the Dockerfile it happened. */
  private void located(Instruction instruction) throws Exception {
    try {
      traced(instruction);
    } catch (CommandFailure e) {
      throw new CommandFailure(e.getMessage() + "\n" + build.dockerfile().excerpt(instruction), e.exitCode());
    } catch (ProaException e) {
      throw new ProaException(e.errorClass(), e.getMessage() + "\n" + build.dockerfile().excerpt(instruction), e);
    }
  }

  private void traced(Instruction instruction) throws Exception {
    if (StageTrace.isShown(instruction)) {
      trace.begin(instruction.text());
    }
    try {
      step(instruction);
    } catch (Exception e) {
      trace.end(e);
      throw e;
    }
    trace.end(null);
  }

  // ---- FROM

  private void begin() throws Exception {
    announce(stage.from().text());
    String name = build.baseName(stage);
    String wanted = stage.platform() == null ? "" : new Words(build.globals()::globalValue, build.dockerfile().escape()).expand(stage.platform());
    platform = wanted.isEmpty() ? build.request().platform() : wanted;
    Stage earlier = build.dockerfile().stage(name, stage.index());
    if (earlier != null) {
      StageResult result = build.await(earlier);
      base = result.base();
      stack = result.stack();
      config = new ConfigInstructions(result.config());
      history.addAll(result.history());
      author = result.author();
      stateKey = result.stateKey();
      platform = result.platform();
      arguments.inherit(result.arguments());
    } else if (name.equals("scratch")) {
      stack = parts.layers().stackOf(null).id();
      stateKey = stack;
    } else {
      ImageRecord image = image(name);
      base = image.id();
      stack = parts.layers().stackOf(image.id()).id();
      stateKey = image.id();
      config = new ConfigInstructions(image.config());
      platform = "";
    }
    build.use(stack);
    cacheFrom = build.request().cacheFrom().isEmpty() ? null : new HistoryCache(parts, build.request().cacheFrom(), base, history);
    if (!config.env().containsKey("PATH")) {
      config.setEnv("PATH", DEFAULT_PATH);
    }
    out.text(" ---> " + shortId(stateKey) + "\n");
    List<String> triggers = earlier != null ? List.of() : config.takeOnBuild();
    if (!triggers.isEmpty()) {
      out.text("# Executing " + triggers.size() + " build trigger" + (triggers.size() == 1 ? "" : "s") + "\n");
    }
    for (String trigger : triggers) {
      traced(Dockerfile.trigger(trigger));
    }
  }

  private ImageRecord image(String name) throws InterruptedException {
    trace.begin("FROM " + name);
    try {
      ImageRecord image = build.images().get(name, platform, trace.over(out));
      trace.end(null);
      return image;
    } catch (InterruptedException | RuntimeException e) {
      trace.end(e);
      throw e;
    }
  }

  private static String shortId(String id) {
    return (id.startsWith("sha256:") ? id.substring(7) : id).substring(0, 12);
  }

  // ---- Steps

  private void step(Instruction instruction) throws Exception {
    switch (instruction.name()) {
      case "RUN" -> run(instruction);
      case "COPY", "ADD" -> copy(instruction);
      case "WORKDIR" -> workdir(instruction);
      case "ARG" -> {
        declare(instruction, arguments, words);
        noLayer("ARG " + instruction.rest());
      }
      case "MAINTAINER" -> {
        author = instruction.rest(); // quotes and variables are letters like any other here
        noLayer("MAINTAINER " + author);
      }
      case "FROM" -> throw ProaException.invalid("FROM isn't allowed as an ONBUILD trigger");
      default -> {
        String rest = instruction.flags().stream().map(flag -> flag + " ").collect(Collectors.joining()) + instruction.rest();
        String shown = shown(instruction.name(), rest);
        config.apply(instruction.name(), rest, words);
        noLayer(instruction.name() + " " + shown);
      }
    }
  }

  /** The arguments as the history keeps them. */
  private String shown(String name, String rest) {
    return switch (name) {
      case "ENV", "LABEL", "EXPOSE", "USER", "VOLUME", "STOPSIGNAL" -> {
        List<String> list = name.equals("VOLUME") ? ConfigInstructions.jsonList(rest) : null;
        yield list != null ? String.join(" ", list) : words.raw(rest).stream().map(words::expand).collect(Collectors.joining(" "));
      }
      case "CMD", "ENTRYPOINT" -> {
        List<String> list = ConfigInstructions.jsonList(rest);
        List<String> command = list;
        if (command == null) {
          command = new ArrayList<>(config.shell());
          command.add(rest);
        }
        yield command.stream().map(word -> '"' + word + '"').collect(Collectors.joining(" ", "[", "]"));
      }
      default -> rest;
    };
  }

  /** A step that changes words only. */
  private void noLayer(String createdBy) {
    String key = new Hash().add("words").add(stateKey).add(createdBy).hex();
    stateKey = key;
    Line line = fromHistory(createdBy, false);
    if (line != null) {
      history.add(line);
      out.text(" ---> Using cache\n ---> " + shortId(stateKey) + "\n");
      return;
    }
    Step known = lookUp(key);
    if (known != null) {
      history.add(new Line(createdBy, known.created(), false));
      out.text(" ---> Using cache\n ---> " + shortId(stateKey) + "\n");
      return;
    }
    Instant now = build.now();
    history.add(new Line(createdBy, now, false));
    made.put(key, new Step(stack, stack, createdBy, now, null, 0));
    out.text(" ---> " + shortId(stateKey) + "\n");
  }

  private @Nullable Step lookUp(String key) {
    return build.request().noCache() || cacheFrom != null ? null : parts.cache().find(key);
  }

  /** Makes a layer. */
  @FunctionalInterface
  private interface Making {
    Stack make() throws IOException, InterruptedException;
  }

  /**
   * A step that may make a layer.
   *
   * @param key names all that it reads but the stack that it stands on
   */
  private void layer(Hash key, String createdBy, Making making) throws IOException, InterruptedException {
    String whole = key.add("on").add(stack).hex();
    stateKey = new Hash().add("layer").add(stateKey).add(whole).hex();
    Line line = fromHistory(createdBy, true);
    if (line != null && cacheFrom != null) {
      String below = stack;
      stack = cacheFrom.stack();
      trace.cached();
      build.use(stack);
      history.add(new Line(createdBy, line.created(), !stack.equals(below)));
      out.text(" ---> Using cache\n ---> " + shortId(stack) + "\n");
      return;
    }
    Step known = lookUp(whole);
    if (known != null) {
      stack = known.stack();
      trace.cached();
      build.use(stack);
      history.add(new Line(createdBy, known.created(), known.layer()));
      out.text(" ---> Using cache\n ---> " + shortId(stack) + "\n");
      return;
    }
    String below = stack;
    Instant now = build.now();
    Stack result = making.make();
    stack = result.id();
    build.use(stack);
    Step step = new Step(stack, below, createdBy, now, null, 0);
    // Right away: it has cost something.
    parts.cache().put(Map.of(whole, step));
    history.add(new Line(createdBy, now, step.layer()));
    out.text(" ---> " + shortId(stack) + "\n");
  }

  private @Nullable Line fromHistory(String createdBy, boolean layer) {
    return cacheFrom == null || build.request().noCache() ? null : cacheFrom.next(createdBy, layer);
  }

  private void labels() {
    if (build.request().labels().isEmpty()) {
      return;
    }
    StringBuilder text = new StringBuilder("LABEL");
    build.request().labels().forEach(
        (name, value) -> {
          config.label(name, value);
          text.append(' ').append(name).append('=').append(value);
        });
    noLayer(text.toString());
  }

  private void workdir(Instruction instruction) throws IOException, InterruptedException {
    config.apply("WORKDIR", instruction.rest(), words);
    String path = config.workingDir();
    layer(new Hash().add("workdir").add(path), "WORKDIR " + path, () -> CopyStep.folder(parts, build, stack, path));
  }

  private void copy(Instruction instruction) throws Exception {
    CopyStep copy = CopyStep.of(instruction, build, words, config.workingDir(), stage.index(), trace.over(out));
    layer(copy.key(), copy.createdBy(), () -> copy.make(parts, stack));
  }

  private void run(Instruction instruction) throws Exception {
    RunStep run = RunStep.of(instruction, build, parts, words, config, arguments, platform, stage.index(), trace.over(out));
    layer(run.key(), run.createdBy(), () -> run.make(stack));
  }
}
