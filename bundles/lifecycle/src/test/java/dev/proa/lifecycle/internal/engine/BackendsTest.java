package dev.proa.lifecycle.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.plugins.Drivers;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.IsolationBackend;
import java.lang.reflect.Proxy;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BackendsTest {
  private static final String NAME = "namespace";

  private final IsolationBackend early = backend();
  private final IsolationBackend leased = backend();
  private final Registry drivers = new Registry(leased);
  private final Backends backends = new Backends(drivers);

  @Test
  void whatIsToldBetweenTheOpeningAndTheFirstLeaseFindsTheBackend() {
    backends.opening(NAME, early);
    assertThat(used()).as("while it is opened").isSameAs(early);
    backends.opened(NAME, true);
    assertThat(used()).as("the registry gives no leases yet").isSameAs(early);
    drivers.usable = true;
    assertThat(used()).isSameAs(leased);
    drivers.usable = false;
    assertThatThrownBy(this::used).as("it has gone").isInstanceOf(ProaException.class);
  }

  @Test
  void whatCouldNotBeOpenedIsNotUsed() {
    backends.opening(NAME, early);
    backends.opened(NAME, false);
    assertThatThrownBy(this::used).isInstanceOf(ProaException.class).hasMessage("not open yet");
  }

  private IsolationBackend used() {
    return backends.use(NAME, backend -> backend);
  }

  /** Only who it is counts here. */
  private static IsolationBackend backend() {
    return (IsolationBackend)
        Proxy.newProxyInstance(
            BackendsTest.class.getClassLoader(), new Class<?>[] {IsolationBackend.class}, (self, method, args) -> switch (method.getName()) {
              case "equals" -> self == args[0];
              case "hashCode" -> System.identityHashCode(self);
              default -> "a backend";
            });
  }

  /** The registry, which gives leases when the test says so. */
  private static final class Registry implements Drivers {
    private final Object driver;
    boolean usable;

    Registry(Object driver) {
      this.driver = driver;
    }

    @Override
    public <T, R extends @Nullable Object, E extends Exception> R use(Class<T> point, String name, Use<? super T, R, E> work) throws E {
      if (!usable) {
        throw ProaException.unavailable("not open yet", null);
      }
      return work.with(point.cast(driver));
    }

    @Override
    public <T, E extends Exception> void run(Class<T> point, String name, Run<? super T, E> work) throws E {
      this.<T, Boolean, E>use(
          point,
          name,
          found -> {
            work.with(found);
            return true;
          });
    }

    @Override
    public <T> AutoCloseable openWith(Class<T> point, Opener<? super T> opener) {
      return () -> {};
    }

    @Override
    public List<DriverInfo> list() {
      return List.of();
    }

    @Override
    public List<String> names(Class<?> point) {
      return usable ? List.of(NAME) : List.of();
    }
  }
}
