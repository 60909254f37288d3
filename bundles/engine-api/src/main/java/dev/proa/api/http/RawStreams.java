package dev.proa.api.http;

import java.io.InputStream;
import java.io.OutputStream;

/**
 * A hijacked connection.
 *
 * @param input what the client sends, from the first byte behind its request on; ends when the client closes its sending half, throws
 *     when it goes away
 * @param output unbuffered; blocks while the client is slow, throws when it has gone away
 */
public record RawStreams(InputStream input, OutputStream output) {}
