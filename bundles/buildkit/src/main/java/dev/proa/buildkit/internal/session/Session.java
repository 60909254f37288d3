package dev.proa.buildkit.internal.session;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.proa.buildkit.internal.grpc.ClientCall;
import dev.proa.spi.ProaException;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A client's side of a build: the connection on which it answers, for as long as it is open. */
public final class Session {
  private final String id;
  private final String sharedKey;
  private final Set<String> methods;
  private final Channel channel;
  private final List<Runnable> whenGone = new ArrayList<>();
  private boolean gone;

  Session(String id, String sharedKey, List<String> methods, Channel channel) {
    this.id = id;
    this.sharedKey = sharedKey;
    this.methods = methods.stream().map(Session::canonical).collect(Collectors.toUnmodifiableSet());
    this.channel = channel;
  }

  /** The header names methods, and header names and values have been through many hands. */
  private static String canonical(String method) {
    return method.toLowerCase(Locale.ROOT);
  }

  String id() {
    return id;
  }

  /** The same for builds whose files are mostly the same. */
  public String sharedKey() {
    return sharedKey;
  }

  public boolean offers(String method) {
    return methods.contains(canonical(method));
  }

  public ClientCall open(String method, Map<String, List<String>> metadata) throws IOException {
    if (!offers(method)) {
      throw ProaException.invalid("the client does not offer " + method + " in its session");
    }
    return ClientCall.open(channel, method, metadata);
  }

  public <M extends MessageLite> M ask(String method, MessageLite question, Parser<M> answers) throws IOException {
    return ClientCall.ask(channel, method, question, answers);
  }

  /** Runs something when the connection is closed; at once if it is. */
  public void whenGone(Runnable action) {
    synchronized (whenGone) {
      if (!gone) {
        whenGone.add(action);
        return;
      }
    }
    action.run();
  }

  void close() {
    List<Runnable> actions;
    synchronized (whenGone) {
      gone = true;
      actions = List.copyOf(whenGone);
      whenGone.clear();
    }
    actions.forEach(Thread::startVirtualThread);
  }
}
