package dev.proa.buildkit.internal.grpc;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a server can be asked: methods by their paths. */
public final class Methods {
  private final Map<String, Method> methods = new HashMap<>();

  /** A method as it comes: it reads and writes as many messages as it likes. */
  @FunctionalInterface
  public interface Method {
    void call(ServerCall call) throws Exception;
  }

  /** A method with one question and one answer. */
  @FunctionalInterface
  public interface Unary<Q extends MessageLite> {
    MessageLite answer(Q question, ServerCall call) throws Exception;
  }

  /** A method with one question and many answers. */
  @FunctionalInterface
  public interface Streaming<Q extends MessageLite> {
    void answer(Q question, ServerCall call) throws Exception;
  }

  public Methods add(String path, Method method) {
    methods.put(path, method);
    return this;
  }

  public <Q extends MessageLite> Methods unary(String path, Parser<Q> questions, Unary<Q> method) {
    return add(path, call -> call.send(method.answer(question(questions, call), call)));
  }

  public <Q extends MessageLite> Methods streaming(String path, Parser<Q> questions, Streaming<Q> method) {
    return add(path, call -> method.answer(question(questions, call), call));
  }

  private static <Q extends MessageLite> Q question(Parser<Q> questions, ServerCall call) throws Exception {
    Q question = call.receive(questions);
    if (question == null) {
      throw new GrpcException(GrpcStatus.INVALID_ARGUMENT, "the call has no message");
    }
    return question;
  }

  @Nullable Method of(String path) {
    return methods.get(path);
  }
}
