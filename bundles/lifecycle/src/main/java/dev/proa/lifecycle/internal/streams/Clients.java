package dev.proa.lifecycle.internal.streams;

import dev.proa.lifecycle.containers.StreamType;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Those who are attached to a process's output. */
final class Clients {
  private record Client(OutputBuffer buffer, boolean stdout, boolean stderr) {
    boolean wants(StreamType stream) {
      return stream == StreamType.STDOUT ? stdout : stderr;
    }
  }

  private final List<Client> clients = new CopyOnWriteArrayList<>();
  private volatile boolean widened;
  private volatile boolean ended;

  /** The buffer ends with the streams; at once if they have ended. */
  void add(OutputBuffer buffer, boolean stdout, boolean stderr) {
    clients.add(new Client(buffer, stdout, stderr));
    if (widened) {
      buffer.widen();
    }
    if (ended) {
      buffer.end();
    }
  }

  void remove(OutputBuffer buffer) {
    clients.removeIf(client -> client.buffer() == buffer);
  }

  void write(StreamType stream, byte[] bytes, int offset, int length) {
    for (Client client : clients) {
      if (client.wants(stream) && !client.buffer().offer(stream, bytes, offset, length)) {
        clients.remove(client);
      }
    }
  }

  /** @see OutputBuffer#widen */
  void widen() {
    widened = true;
    clients.forEach(client -> client.buffer().widen());
  }

  void end() {
    ended = true;
    clients.forEach(client -> client.buffer().end());
  }
}
