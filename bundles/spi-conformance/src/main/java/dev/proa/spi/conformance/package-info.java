/**
 * Suites for authors of drivers: a driver's test extends one and hands it a factory. They say what the SPI's contracts mean in practice; our
 * own drivers pass the same ones. They use real parts: a kernel, root, namespaces, and skip with the reason where the host lacks something.
 */
@NullMarked
package dev.proa.spi.conformance;

import org.jspecify.annotations.NullMarked;
