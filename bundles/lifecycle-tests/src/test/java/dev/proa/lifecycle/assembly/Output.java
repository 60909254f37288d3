package dev.proa.lifecycle.assembly;

import dev.proa.lifecycle.containers.OutputSink;
import dev.proa.lifecycle.containers.StreamType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Collects what a process outputs. */
final class Output implements OutputSink {
  private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
  private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();

  @Override
  public synchronized void write(StreamType stream, ByteBuffer data) {
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    (stream == StreamType.STDOUT ? stdout : stderr).writeBytes(bytes);
  }

  synchronized String out() {
    return stdout.toString(StandardCharsets.UTF_8);
  }

  synchronized String err() {
    return stderr.toString(StandardCharsets.UTF_8);
  }

  synchronized byte[] bytes() {
    return stdout.toByteArray();
  }
}
