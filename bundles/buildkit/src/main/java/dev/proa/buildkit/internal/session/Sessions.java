package dev.proa.buildkit.internal.session;

import dev.proa.buildkit.internal.grpc.GrpcConnection;
import dev.proa.spi.ProaException;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The sessions that are open, by id. */
public final class Sessions {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int MAX_SESSIONS = 1024;
  private static final int MAX_ID = 256;

  private final Map<String, Session> open = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();

  /** The handlers of a session's connection. */
  public List<ChannelHandler> handlers(String id, String sharedKey, List<String> methods) {
    if (id.isEmpty() || id.length() > MAX_ID) {
      throw ProaException.invalid("a session wants an id of at most " + MAX_ID + " characters in the header X-Docker-Expose-Session-Uuid");
    }
    List<ChannelHandler> handlers = new ArrayList<>(GrpcConnection.client());
    handlers.add(new Membership(id, sharedKey, methods));
    return handlers;
  }

  /** A session is there as long as its connection. */
  private final class Membership extends ChannelInboundHandlerAdapter {
    private final String id;
    private final String sharedKey;
    private final List<String> methods;

    Membership(String id, String sharedKey, List<String> methods) {
      this.id = id;
      this.sharedKey = sharedKey;
      this.methods = methods;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      Session session = new Session(id, sharedKey, methods, context.channel());
      if (!add(session)) {
        context.close();
        return;
      }
      context.channel().closeFuture().addListener(closed -> remove(session));
    }
  }

  private boolean add(Session session) {
    lock.lock();
    try {
      if (open.size() >= MAX_SESSIONS || open.putIfAbsent(session.id(), session) != null) {
        return false;
      }
      added.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void remove(Session session) {
    lock.lock();
    try {
      open.remove(session.id(), session);
    } finally {
      lock.unlock();
    }
    session.close();
  }

  /** A session that is open, or will be soon: it comes on a connection of its own. */
  public Session await(String id) throws InterruptedException {
    if (id.isEmpty()) {
      throw ProaException.invalid("no active session: a build by BuildKit's protocol names the session that its client has opened");
    }
    long left = PATIENCE.toNanos();
    lock.lockInterruptibly();
    try {
      while (true) {
        Session session = open.get(id);
        if (session != null) {
          return session;
        }
        if (left <= 0) {
          throw ProaException.unavailable("no active session for " + id + ": the client has opened none within " + PATIENCE.toSeconds() + " seconds", null);
        }
        left = added.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }
}
