package dev.proa.spi;

/** The names under which a driver is registered as an OSGi service. */
public final class Driver {
  /** Service property, {@code String}, required: the name by which users choose the driver, such as {@code overlay}. */
  public static final String NAME = "proa.driver";

  private Driver() {}
}
