package dev.proa.linux;

import java.util.List;

/**
 * What recvmsg(2) brought.
 *
 * @param bytes empty at the end of the stream
 * @param descriptors those of SCM_RIGHTS, close-on-exec; the receiver owns and closes them
 * @param truncated MSG_TRUNC or MSG_CTRUNC: part of the packet or some descriptors are lost
 */
public record Message(byte[] bytes, List<Fd> descriptors, boolean truncated) implements AutoCloseable {
  @Override
  public void close() {
    descriptors.forEach(Fd::close);
  }
}
