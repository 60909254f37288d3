package dev.proa.cli.terminal;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Consumer;

/**
 * Signals to this process. The JDK's one interface for them is {@code sun.misc.Signal} of the exported module jdk.unsupported; it is used
 * by reflection because javac's warning about it cannot be switched off, and warnings are errors here.
 */
public final class Signals {
  /** Those that are of interest; the JVM keeps QUIT and USR1 to itself. */
  private static final List<String> NAMES = List.of("INT", "TERM", "HUP", "USR2", "WINCH");

  private Signals() {}

  /** Calls back with the name of each, without {@code SIG}, in a thread of its own; {@code WINCH} is the terminal's new size. A later call replaces the former. */
  public static void handle(Consumer<String> handler) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Constructor<?> byName = signal.getConstructor(String.class);
      Method name = signal.getMethod("getName");
      Method handle = signal.getMethod("handle", signal, handlerType);
      Object proxy =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handlerType},
              (self, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  handler.accept((String) name.invoke(arguments[0]));
                  return null;
                }
                return method.getName().equals("hashCode") ? (Object) System.identityHashCode(self)
                    : method.getName().equals("equals") ? (Object) (self == arguments[0]) : "signals";
              });
      for (String each : NAMES) {
        try {
          handle.invoke(null, byName.newInstance(each), proxy);
        } catch (InvocationTargetException e) {
          if (!(e.getCause() instanceof IllegalArgumentException)) {
            throw e;
          }
          // the JVM was told to leave this one alone (-Xrs), or somebody else has it: then it is not forwarded
        }
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JDK has no sun.misc.Signal", e);
    }
  }
}
