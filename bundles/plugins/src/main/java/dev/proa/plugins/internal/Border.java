package dev.proa.plugins.internal;

import dev.proa.spi.ProaException;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleReference;

/** What may leave a lease and what may not: nothing of the plugin's own classes, or its class loader would live as long as the value does. */
final class Border {
  /** Elements of a returned collection that are looked at. */
  private static final int LOOKED_AT = 64;

  private Border() {}

  static void checkResult(@Nullable Object result, Bundle plugin, String driver) {
    Class<?> offender = offender(result, plugin);
    if (offender != null) {
      throw ProaException.internal(
          "driver " + driver + " returned an object of its own class " + offender.getName() + "; only types of the JDK and of the SPI leave a driver", null);
    }
  }

  private static @Nullable Class<?> offender(@Nullable Object value, Bundle plugin) {
    if (value == null) {
      return null;
    }
    if (isOf(value.getClass(), plugin)) {
      return value.getClass();
    }
    Collection<?> parts =
        switch (value) {
          case Optional<?> optional -> optional.stream().toList();
          case Map<?, ?> map -> map.values();
          case Collection<?> collection -> collection;
          default -> java.util.List.of();
        };
    int looked = 0;
    for (Object part : parts) {
      if (part != null && isOf(part.getClass(), plugin)) {
        return part.getClass();
      }
      if (++looked >= LOOKED_AT) {
        break;
      }
    }
    return null;
  }

  static boolean isOf(Class<?> type, Bundle plugin) {
    Class<?> element = type;
    while (element.isArray()) {
      element = element.getComponentType();
    }
    return element.getClassLoader() instanceof BundleReference reference && reference.getBundle().equals(plugin);
  }

  /** The exception as it may leave: itself if it is clean, else one that says the same. */
  static Exception outgoing(Throwable thrown, Bundle plugin, String driver) {
    if (thrown instanceof VirtualMachineError error && !(error instanceof StackOverflowError)) {
      throw error;
    }
    boolean clean = isClean(thrown, plugin);
    if (thrown instanceof ProaException failure) {
      return clean ? failure : copy(failure, plugin);
    }
    if (clean && thrown instanceof Exception checked && !(thrown instanceof RuntimeException) && thrown.getClass().getClassLoader() == null) {
      return checked;
    }
    ProaException internal = ProaException.internal("driver " + driver + " failed: " + text(thrown), null);
    internal.setStackTrace(thrown.getStackTrace());
    return internal;
  }

  private static ProaException copy(ProaException failure, Bundle plugin) {
    ProaException copy = new ProaException(failure.errorClass(), String.valueOf(failure.getMessage()));
    copy.setStackTrace(failure.getStackTrace());
    for (Throwable suppressed : failure.getSuppressed()) {
      copy.addSuppressed(isClean(suppressed, plugin) ? suppressed : new IllegalStateException(text(suppressed)));
    }
    return copy;
  }

  private static boolean isClean(Throwable thrown, Bundle plugin) {
    int depth = 0;
    for (Throwable at = thrown; at != null; at = at.getCause()) {
      if (isOf(at.getClass(), plugin) || ++depth > 32) {
        return false;
      }
      for (Throwable suppressed : at.getSuppressed()) {
        if (isOf(suppressed.getClass(), plugin)) {
          return false;
        }
      }
    }
    return true;
  }

  static String text(Throwable thrown) {
    String message = thrown.getMessage();
    return message == null || message.isBlank() ? thrown.getClass().getName() : thrown.getClass().getSimpleName() + ": " + message;
  }
}
