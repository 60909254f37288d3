package dev.proa.vmm.control;

import dev.proa.linux.Fd;
import dev.proa.linux.Message;
import dev.proa.linux.Sockets;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The VMM's end of the control socket. Any thread sends; one receives. */
public final class VmmChannel {
  public static final int PROTOCOL_VERSION = ControlCodec.VERSION;

  private final Fd socket;

  public VmmChannel(Fd socket) {
    this.socket = socket;
  }

  public void send(Event event) throws IOException {
    Sockets.sendmsg(socket, ControlCodec.encode(event).written(), java.util.List.of(), 0);
  }

  /**
   * A command as it came.
   *
   * @param command its descriptors belong to the receiver
   */
  public record Received(int sequence, Command command) {}

  /** The next command, null when the other end is gone. */
  public @Nullable Received receive() throws IOException {
    Message message = Sockets.recvmsg(socket, Packet.MAX_SIZE, 0);
    if (message.bytes().length == 0) {
      message.close();
      return null;
    }
    try {
      if (message.truncated()) {
        throw new ProtocolException("a command was cut off: too many bytes or descriptors");
      }
      ControlCodec.Numbered numbered = ControlCodec.command(new Packet(message.bytes(), message.descriptors()));
      return new Received(numbered.sequence(), numbered.command());
    } catch (IOException e) {
      message.close();
      throw e;
    }
  }
}
