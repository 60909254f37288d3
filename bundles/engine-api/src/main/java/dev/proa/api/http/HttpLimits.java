package dev.proa.api.http;

import java.time.Duration;

/**
 * What a client may take.
 *
 * @param connections open at a time over all sockets; past it the longest idle connection makes room, then new ones are refused
 * @param requestLineBytes of the request line (filters in a query can be long)
 * @param headBytes of all header fields (the builder sends the credentials of all registries in one)
 * @param bodyBufferBytes of a request body, or of a hijacked connection's input, that wait for their reader; then the client waits
 * @param headTime from the first byte of a request to the end of its head
 * @param drainBytes of a body nobody read that are still taken so that the connection can be kept
 * @param lingerTime how long a client may go on sending after the answer was complete
 */
public record HttpLimits(
    int connections, int requestLineBytes, int headBytes, int bodyBufferBytes, Duration headTime, long drainBytes, Duration lingerTime) {

  public static final HttpLimits DEFAULT =
      new HttpLimits(4096, 64 << 10, 128 << 10, 256 << 10, Duration.ofSeconds(60), 256 << 10, Duration.ofSeconds(10));
}
