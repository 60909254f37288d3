package dev.proa.images.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A TCP proxy on loopback that cuts connections which carry much: the first few, once so many bytes went to the server. */
final class CuttingProxy implements AutoCloseable {
  final String host;
  final AtomicInteger cuts = new AtomicInteger();

  private final ServerSocket listener;
  private final int targetPort;
  private final long after;
  private final int times;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** @param after bytes from the client on one connection */
  CuttingProxy(String target, long after, int times) throws IOException {
    this.targetPort = Integer.parseInt(target.substring(target.indexOf(':') + 1));
    this.after = after;
    this.times = times;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.host = "127.0.0.1:" + listener.getLocalPort();
    threads.submit(this::accept);
  }

  private Void accept() throws IOException {
    while (true) {
      Socket client = listener.accept();
      Socket server = new Socket(InetAddress.getLoopbackAddress(), targetPort);
      threads.submit(() -> pump(client, server, true));
      threads.submit(() -> pump(server, client, false));
    }
  }

  private Void pump(Socket from, Socket to, boolean counted) throws IOException {
    long done = 0;
    byte[] buffer = new byte[16 << 10];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
        done += count;
        if (counted && done > after && cuts.get() < times) {
          cuts.incrementAndGet();
          return null;
        }
      }
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    threads.shutdownNow();
  }
}
