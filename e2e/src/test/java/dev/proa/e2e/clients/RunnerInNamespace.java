package dev.proa.e2e.clients;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs the tests of a class in this JVM and prints their results, one a line. Arguments: the class, archives of images to load first. */
final class RunnerInNamespace {
  private RunnerInNamespace() {}

  /** @param failure empty if there is none, else a stack trace */
  record Result(String name, String failure) {
    private static final String MARK = "TEST-RESULT ";

    static Result parse(String line) {
      if (!line.startsWith(MARK)) {
        return null;
      }
      String[] parts = line.split(" ", 3);
      return new Result(decoded(parts[1]), parts.length < 3 ? "" : decoded(parts[2]));
    }

    String line() {
      return MARK + encoded(name) + " " + encoded(failure);
    }

    private static String encoded(String text) {
      return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String decoded(String text) {
      return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
    }
  }

  static DockerClient client() {
    var config = DefaultDockerClientConfig.createDefaultConfigBuilder().build();
    return DockerClientImpl.getInstance(config, new ZerodepDockerHttpClient.Builder().dockerHost(config.getDockerHost()).build());
  }

  public static void main(String[] arguments) throws Exception {
    try (DockerClient docker = client()) {
      for (int i = 1; i < arguments.length; i++) {
        try (InputStream archive = Files.newInputStream(Path.of(arguments[i]))) {
          docker.loadImageCmd(archive).exec();
        }
      }
    }
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request().selectors(DiscoverySelectors.selectClass(Class.forName(arguments[0]))).build();
    LauncherFactory.create().execute(request, new Printer());
    // Clients keep threads of their own.
    System.exit(0);
  }

  private static final class Printer implements TestExecutionListener {
    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      StringWriter trace = new StringWriter();
      result.getThrowable().ifPresent(failure -> failure.printStackTrace(new PrintWriter(trace)));
      if (test.isTest() || !trace.toString().isEmpty()) {
        System.out.println(new Result(test.getDisplayName(), trace.toString()).line());
        System.out.flush();
      }
    }
  }
}
