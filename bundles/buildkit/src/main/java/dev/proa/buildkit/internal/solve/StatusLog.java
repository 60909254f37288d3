package dev.proa.buildkit.internal.solve;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.proa.builder.BuildTrace;
import dev.proa.buildkit.protocol.Position;
import dev.proa.buildkit.protocol.Range;
import dev.proa.buildkit.protocol.SourceInfo;
import dev.proa.buildkit.protocol.StatusResponse;
import dev.proa.buildkit.protocol.Vertex;
import dev.proa.buildkit.protocol.VertexLog;
import dev.proa.buildkit.protocol.VertexStatus;
import dev.proa.buildkit.protocol.VertexWarning;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What a build says, as clients are shown it: whoever listens gets all of it from the beginning. Of one step's output, and of all, no more than so much is kept. */
public final class StatusLog implements BuildTrace {
  private static final int MAX_STEP_LOG = 2 << 20;
  private static final long MAX_LOG = 16L << 20;
  private static final String CLIPPED = "\n[output clipped, log limit 2MiB reached]\n";
  private static final int STDOUT = 1;
  private static final int STDERR = 2;

  private final List<StatusResponse> said = new ArrayList<>();
  private final Map<String, Vertex> vertices = new HashMap<>();
  private final Map<String, Integer> logged = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition more = lock.newCondition();
  private long allLogged;
  private boolean over;

  /** Takes what is said. */
  @FunctionalInterface
  public interface Listener {
    void take(StatusResponse response) throws Exception;
  }

  private static Timestamp stamp(Instant time) {
    return Timestamp.newBuilder().setSeconds(time.getEpochSecond()).setNanos(time.getNano()).build();
  }

  private static Timestamp now() {
    return stamp(Instant.now());
  }

  private void say(StatusResponse.Builder response) {
    lock.lock();
    try {
      if (!over) {
        said.add(response.build());
        more.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void begin(String step, String name, List<String> inputs) {
    Vertex vertex = Vertex.newBuilder().setDigest(step).setName(name).addAllInputs(inputs).setStarted(now()).build();
    lock.lock();
    try {
      vertices.put(step, vertex);
    } finally {
      lock.unlock();
    }
    say(StatusResponse.newBuilder().addVertexes(vertex));
  }

  @Override
  public void end(String step, boolean cached, @Nullable String error) {
    Vertex begun;
    lock.lock();
    try {
      begun = vertices.remove(step);
    } finally {
      lock.unlock();
    }
    if (begun != null) {
      Vertex.Builder ended = begun.toBuilder().setCached(cached).setCompleted(now());
      if (error != null) {
        ended.setError(error);
      }
      say(StatusResponse.newBuilder().addVertexes(ended));
    }
  }

  @Override
  public void log(String step, String text, boolean error) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    boolean clipped = false;
    lock.lock();
    try {
      int before = logged.getOrDefault(step, 0);
      if (before >= MAX_STEP_LOG || allLogged >= MAX_LOG) {
        return;
      }
      logged.put(step, before + bytes.length);
      allLogged += bytes.length;
      clipped = before + bytes.length >= MAX_STEP_LOG || allLogged >= MAX_LOG;
    } finally {
      lock.unlock();
    }
    ByteString message = ByteString.copyFrom(bytes);
    if (clipped) {
      message = message.concat(ByteString.copyFromUtf8(CLIPPED));
    }
    say(StatusResponse.newBuilder().addLogs(VertexLog.newBuilder().setVertex(step).setTimestamp(now()).setStream(error ? STDERR : STDOUT).setMsg(message)));
  }

  @Override
  public void progress(String step, String what, long current, long total, boolean done) {
    VertexStatus.Builder status = VertexStatus.newBuilder().setId(what).setVertex(step).setName(what).setCurrent(current).setTotal(total);
    status.setTimestamp(now()).setStarted(now());
    if (done) {
      status.setCompleted(now());
    }
    say(StatusResponse.newBuilder().addStatuses(status));
  }

  @Override
  public void warning(String step, String rule, String text, String file, String source, int line) {
    Position position = Position.newBuilder().setLine(line).build();
    say(
        StatusResponse.newBuilder()
            .addWarnings(
                VertexWarning.newBuilder()
                    .setVertex(step)
                    .setLevel(1)
                    .setShort(ByteString.copyFromUtf8(rule + ": " + text + " (line " + line + ")"))
                    .setUrl(ruleAddress(rule))
                    .setInfo(SourceInfo.newBuilder().setFilename(file).setData(ByteString.copyFromUtf8(source)))
                    .addRanges(Range.newBuilder().setStart(position).setEnd(position))));
  }

  /** Where Docker explains a check. */
  static String ruleAddress(String rule) {
    return "https://docs.docker.com/go/dockerfile/rule/" + kebab(rule) + "/";
  }

  private static String kebab(String rule) {
    return rule.replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }

  /** Nothing more is said; steps that have not ended never will. */
  public void over() {
    lock.lock();
    try {
      over = true;
      more.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Gives all that is said to a listener, until it is over. */
  public void follow(Listener listener) throws Exception {
    for (int at = 0; ; at++) {
      StatusResponse response;
      lock.lockInterruptibly();
      try {
        while (at == said.size() && !over) {
          more.await();
        }
        if (at == said.size()) {
          return;
        }
        response = said.get(at);
      } finally {
        lock.unlock();
      }
      listener.take(response);
    }
  }
}
