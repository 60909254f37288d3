package dev.proa.buildkit.internal.grpc;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes messages out of a stream's bytes: a flag, four bytes of length, and so many bytes ("gRPC over HTTP2"). What is allocated is what has come. */
final class Deframer {
  static final int PREFIX = 5;
  static final int MAX_MESSAGE = 16 << 20;
  private static final int FIRST_BLOCK = 64 << 10;

  private final byte[] prefix = new byte[PREFIX];
  private int prefixed;
  private byte @Nullable [] message;
  private int length;
  private int filled;

  /** @throws GrpcException for a message that is compressed or too large */
  List<byte[]> take(ByteBuf in) throws GrpcException {
    List<byte[]> whole = new ArrayList<>();
    while (in.isReadable() || message != null && filled == length) {
      byte[] target = message;
      if (target == null) {
        prefix[prefixed++] = in.readByte();
        if (prefixed == PREFIX) {
          begin();
        }
        continue;
      }
      int n = Math.min(in.readableBytes(), length - filled);
      if (filled + n > target.length) {
        target = Arrays.copyOf(target, (int) Math.min(length, Math.max(2L * target.length, filled + n)));
        message = target;
      }
      in.readBytes(target, filled, n);
      filled += n;
      if (filled == length) {
        whole.add(target);
        message = null;
        prefixed = 0;
      }
    }
    return whole;
  }

  private void begin() throws GrpcException {
    if (prefix[0] != 0) {
      throw new GrpcException(GrpcStatus.UNIMPLEMENTED, "compressed messages are not taken");
    }
    long size = (prefix[1] & 0xffL) << 24 | (prefix[2] & 0xff) << 16 | (prefix[3] & 0xff) << 8 | prefix[4] & 0xff;
    if (size > MAX_MESSAGE) {
      throw new GrpcException(GrpcStatus.RESOURCE_EXHAUSTED, "a message of " + size + " bytes is larger than " + MAX_MESSAGE);
    }
    length = (int) size;
    filled = 0;
    message = new byte[Math.min(length, FIRST_BLOCK)];
  }

  /** Whether a message has begun and not ended. */
  boolean inside() {
    return prefixed > 0;
  }
}
