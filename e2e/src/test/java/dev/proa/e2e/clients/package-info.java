/**
 * Client libraries that nobody here wrote, used as their users use them. The classes named {@code …InNamespace} run in a JVM inside the engine's network
 * namespace, where published ports can be reached; {@link dev.proa.e2e.clients.ClientLibrariesTest} starts it and reports their tests as its own.
 */
package dev.proa.e2e.clients;
