package dev.proa.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.Fd;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Socket;
import dev.proa.vmm.control.Command;
import dev.proa.vmm.control.Event;
import dev.proa.vmm.control.VmmClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A VMM in a process of its own, as the backend has one. */
final class VmmProcess implements AutoCloseable {
  static final int TIMEOUT_MILLIS = 900_000;

  /** Hands a socket down, which Java's own processes cannot. */
  private static final String CONNECT =
      "import os,socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_SEQPACKET)\ns.connect(sys.argv[1])\ns.set_inheritable(True)\n"
          + "os.execv(sys.argv[2],sys.argv[2:]+[str(s.fileno())])";

  final Process process;
  final VmmClient client;
  final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();

  VmmProcess(Path directory, String... options) throws Exception {
    Path path = directory.resolve("control");
    Files.deleteIfExists(path);
    try (Fd listener = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_SEQPACKET, 0)) {
      Sockets.bind(listener, path.toString());
      Sockets.listen(listener, 1);
      List<String> command = new ArrayList<>(List.of("python3", "-c", CONNECT, path.toString(), System.getProperty("java.home") + "/bin/java"));
      command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
      command.addAll(List.of(options));
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.proa.vmm.Main"));
      process = new ProcessBuilder(command).inheritIO().start();
      client = new VmmClient(Sockets.accept(listener), events::add);
    }
  }

  /** The next event, which must be of that kind. */
  <E extends Event> E next(Class<E> type) throws InterruptedException {
    Event event = events.poll(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    assertThat(event).isInstanceOf(type);
    return type.cast(event);
  }

  Event call(Command command) throws IOException {
    return client.call(command, TIMEOUT_MILLIS);
  }

  int exitStatus() throws InterruptedException {
    assertThat(process.waitFor(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
    return process.exitValue();
  }

  @Override
  public void close() {
    client.close();
    process.destroyForcibly();
  }
}
