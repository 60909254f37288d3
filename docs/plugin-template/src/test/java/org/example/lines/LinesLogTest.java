package org.example.lines;

import dev.proa.spi.conformance.LogDriverSuite;
import dev.proa.spi.log.LogDriver;

/** The whole contract, by the published suite. */
class LinesLogTest extends LogDriverSuite {
  @Override
  protected LogDriver newDriver() {
    return new LinesLog();
  }
}
