package dev.proa.launcher;

import dev.proa.spi.daemon.DaemonSettings;
import java.nio.file.Path;

/**
 * The daemon's entry point. Everything that can be refused is refused here, before a framework exists: the exit status is 125 for a
 * wrong command line, 1 for a daemon that cannot start, 0 for one that was asked to stop.
 */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    int status = run(args);
    System.out.flush();
    System.err.flush();
    // exit, not return: a thread of a bundle that outlives the framework must not keep a dead daemon's process alive
    System.exit(status);
  }

  private static int run(String[] args) {
    try {
      Options options = Options.parse(args);
      if (options.has(Flag.HELP)) {
        System.out.print(Flag.help());
        return 0;
      }
      Product product = Product.load();
      if (options.has(Flag.VERSION)) {
        System.out.println("Proa version " + product.version() + ", build " + product.gitCommit());
        return 0;
      }
      ConfigFile.find(options).mergeInto(options);
      Path home = Path.of(System.getProperty("proa.home", ".")).toAbsolutePath().normalize();
      DaemonSettings settings = SettingsBuilder.build(options, home, product);
      Logging.start(settings.logLevel());
      return new Daemon(settings, options.path(Flag.PIDFILE)).run();
    } catch (StartFailure failure) {
      System.err.println(failure.status() == StartFailure.USAGE ? failure.getMessage() : "failed to start daemon: " + failure.getMessage());
      return failure.status();
    } catch (RuntimeException | Error unforeseen) {
      System.err.println("failed to start daemon: " + unforeseen);
      unforeseen.printStackTrace();
      return StartFailure.FAILED;
    }
  }
}
