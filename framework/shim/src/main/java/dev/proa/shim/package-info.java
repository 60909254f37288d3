/**
 * The shim: one small JVM that is the parent of all containers' processes. It keeps what dies with a parent (exit statuses, pipes, pty masters) and
 * does nothing else. No OSGi, no JSON, no HTTP, no log drivers; it depends on proa-linux and proa-spawn only.
 */
@NullMarked
package dev.proa.shim;

import org.jspecify.annotations.NullMarked;
