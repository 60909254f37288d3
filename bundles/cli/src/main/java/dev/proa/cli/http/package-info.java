/** HTTP/1.1 over a Unix socket: requests, chunked bodies, upgraded connections. */
@NullMarked
package dev.proa.cli.http;

import org.jspecify.annotations.NullMarked;
