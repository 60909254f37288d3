package dev.proa.plugins.internal;

import org.osgi.framework.Bundle;

/** Finds the bundle that asked the JVM to exit: while the hooks run, the one who asked waits for them. */
final class ExitBlame {
  private ExitBlame() {}

  static boolean isExiting(Bundle bundle) {
    for (StackTraceElement[] stack : Thread.getAllStackTraces().values()) {
      boolean exits = false;
      for (StackTraceElement frame : stack) {
        if (frame.getClassName().equals("java.lang.Runtime") && frame.getMethodName().equals("exit")) {
          exits = true;
        } else if (exits && !frame.getClassName().startsWith("java.")) {
          if (bundle.getEntry(frame.getClassName().replace('.', '/') + ".class") != null) {
            return true;
          }
        }
      }
    }
    return false;
  }
}
