/**
 * HTTP/1.1 over Unix sockets: connections, request bodies with back-pressure, streamed responses, hijacked connections. Knows nothing of
 * containers.
 */
@NullMarked
package dev.proa.api.http;

import org.jspecify.annotations.NullMarked;
