/** gRPC on Netty's HTTP/2, from both sides, as far as BuildKit's protocol needs it. */
@NullMarked
package dev.proa.buildkit.internal.grpc;

import org.jspecify.annotations.NullMarked;
