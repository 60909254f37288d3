package dev.proa.vmm.virtio.fs;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.virtio.ActiveDevice;
import dev.proa.vmm.virtio.DeviceHandler;
import dev.proa.vmm.virtio.queue.DescriptorChain;
import dev.proa.vmm.virtio.queue.VirtQueue;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** FUSE requests out of the queues, one after the other. */
final class FsHandler implements DeviceHandler {
  private final ActiveDevice active;
  private final String tag;
  private final FuseServer server;

  FsHandler(ActiveDevice active, String tag, FuseServer server) {
    this.active = active;
    this.tag = tag;
    this.server = server;
  }

  @Override
  public void queueNotified(int index) throws GuestFault {
    VirtQueue queue = active.queues().get(index);
    for (DescriptorChain chain = queue.pop(); chain != null; chain = queue.pop()) {
      queue.push(chain, serve(chain));
      active.interrupt(queue);
    }
  }

  /** How much was written. */
  private long serve(DescriptorChain chain) throws GuestFault {
    FuseRequest request;
    try {
      request = new FuseRequest(chain.readable());
    } catch (GuestFault e) {
      active.metrics().error(String.valueOf(e.getMessage()));
      return 0; // nobody knows whom to answer
    }
    if (chain.writable().remaining() == 0) {
      try {
        server.serve(request, new GuestRoom(chain.writable()));
      } catch (GuestFault | ErrnoException e) {
        active.metrics().error("a request without room for an answer: " + e.getMessage());
      }
      return 0;
    }
    if (chain.writable().remaining() < FuseAbi.OUT_HEADER) {
      active.metrics().error("a request with room for an answer of " + chain.writable().remaining() + " bytes");
      return 0;
    }
    List<MemorySegment> header = chain.writable().take(FuseAbi.OUT_HEADER);
    try {
      FuseReply reply = server.serve(request, new GuestRoom(chain.writable()));
      if (reply == null) {
        return 0;
      }
      if (reply.inPlace() > 0) {
        return header(header, request.unique, 0, reply.inPlace());
      }
      if (reply.size() > chain.writable().remaining()) {
        throw new GuestFault("room for an answer of " + chain.writable().remaining() + " bytes where " + reply.size() + " are needed");
      }
      chain.writable().put(reply.written());
      return header(header, request.unique, 0, reply.size());
    } catch (ErrnoException e) {
      return header(header, request.unique, -e.number(), 0);
    } catch (GuestFault e) {
      active.metrics().error(String.valueOf(e.getMessage()));
      return header(header, request.unique, -Errno.EINVAL.number(), 0);
    }
  }

  private static long header(List<MemorySegment> into, long unique, int error, long size) {
    ByteBuffer b = ByteBuffer.allocate(FuseAbi.OUT_HEADER).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt((int) (FuseAbi.OUT_HEADER + size)).putInt(error).putLong(unique);
    MemorySegment bytes = MemorySegment.ofArray(b.array());
    long at = 0;
    for (MemorySegment piece : into) {
      MemorySegment.copy(bytes, at, piece, 0, piece.byteSize());
      at += piece.byteSize();
    }
    return FuseAbi.OUT_HEADER + size;
  }

  private record GuestRoom(DescriptorChain.Stream stream) implements FuseServer.Room {
    @Override
    public List<MemorySegment> take(long size) throws GuestFault {
      return stream.take(Math.min(size, stream.remaining()));
    }

    @Override
    public long remaining() {
      return stream.remaining();
    }
  }

  /** The guest knows files by numbers that mean something in this process only. */
  @Override
  public byte[] save() throws IOException {
    if (server.isMounted()) {
      throw new IOException("no snapshot while the guest has the file system \"" + tag + "\" mounted");
    }
    return new byte[0];
  }

  @Override
  public void close() {
    server.close();
  }
}
