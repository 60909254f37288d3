package dev.proa.microvm.agent;

import java.io.IOException;
import java.io.InputStream;

/** The agent as this build has it. */
public final class AgentBinary {
  private static final String RESOURCE = "proa-agent";

  private AgentBinary() {}

  /** The static executable. @throws IOException in a build that was made without a C compiler */
  public static byte[] bytes() throws IOException {
    try (InputStream in = AgentBinary.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IOException("this build has no agent for microVMs, as there was no C compiler when it was made: install gcc and build again");
      }
      return in.readAllBytes();
    }
  }

  public static boolean isThere() {
    return AgentBinary.class.getResource(RESOURCE) != null;
  }
}
