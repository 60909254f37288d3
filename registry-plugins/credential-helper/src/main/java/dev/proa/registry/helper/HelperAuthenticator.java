package dev.proa.registry.helper;

import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.spi.registry.Credentials;
import dev.proa.spi.registry.RegistryAuthenticator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Knows credentials from the daemon's own docker configuration, for pulls with which the client sends none: {@code credHelpers}, then
 * {@code credsStore}, then {@code auths}. The operator sets it up on purpose: it is read from {@code $DOCKER_CONFIG/config.json} if the daemon's
 * environment has that, and from {@code registry/credential-helper/config.json} in the data root. What the users of the host keep in their
 * homes is not looked at: whoever may use the socket would act in their names.
 */
public sealed class HelperAuthenticator implements RegistryAuthenticator permits HelperComponent {
  public static final String NAME = "credential-helper";

  private final Map<String, String> environment;
  private volatile @Nullable Path stateDir;

  public HelperAuthenticator() {
    this(System.getenv());
  }

  HelperAuthenticator(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public void open(DriverContext context) {
    stateDir = context.stateDir();
  }

  @Override
  public void close() {
    stateDir = null;
  }

  @Override
  public Optional<Credentials> credentials(String registry) {
    for (Path file : files()) {
      Optional<Credentials> found = DockerConfig.read(file).flatMap(config -> lookUp(config, registry));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private List<Path> files() {
    Path state = stateDir;
    if (state == null) {
      throw ProaException.unavailable("registry authenticator " + NAME + " is closed", null);
    }
    List<Path> files = new ArrayList<>();
    String folder = environment.getOrDefault("DOCKER_CONFIG", "");
    if (!folder.isEmpty()) {
      files.add(Path.of(folder, "config.json"));
    }
    files.add(state.resolve("config.json"));
    return files;
  }

  private Optional<Credentials> lookUp(DockerConfig config, String registry) {
    for (String key : DockerConfig.keys(registry)) {
      Optional<String> helper = config.helper(key);
      if (helper.isPresent()) {
        return new HelperProgram(helper.get(), environment).get(key);
      }
    }
    Optional<String> store = config.store();
    if (store.isPresent()) {
      HelperProgram program = new HelperProgram(store.get(), environment);
      for (String key : DockerConfig.keys(registry)) {
        Optional<Credentials> found = program.get(key);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return config.auth(registry);
  }
}
