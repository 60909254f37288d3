package dev.proa.spawn;

/** A step as the walker sees it; the offsets are also in src/main/asm. Everything is little-endian. */
final class StepLayout {
  static final int NUMBER = 0;
  static final int KIND = 4;
  static final int LOADED = 5;
  static final int INDEX = 6;
  static final int ARGS = 8;
  static final int RESULT = 56;
  static final int SUCCESS = 64;
  static final int OTHERWISE = 72;
  static final int TOLERATED = 80;
  static final int SIZE = 88;

  private StepLayout() {}

  static int code(Step.Kind kind) {
    return switch (kind) {
      case CALL -> 0;
      case REPEAT -> 1;
      case CLONE -> 2;
      case GATE -> 3;
      case STORE -> 4;
      case CHECK -> 5;
      case EXEC -> 6;
      case AGAIN -> 7;
    };
  }
}
