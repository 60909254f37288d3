package dev.proa.scan.component;

/**
 * @param mirror empty if there is none
 * @param cacheBytes that may be kept of what layers hold
 */
record Settings(String mirror, int maxAgeHours, long cacheBytes) {
  static final Settings DEFAULTS = new Settings("", 24, 256L << 20);
}
