package dev.proa.api.system;

import dev.proa.api.router.Call;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** {@code _ping}: the daemon is there and speaks this API. It is answered before anything else of the engine is up. */
public final class PingHandler {
  private static final byte[] OK = "OK".getBytes(StandardCharsets.US_ASCII);

  void get(Call call) throws IOException {
    answer(call, OK);
  }

  /** Clients want a length of 0 here. */
  void head(Call call) throws IOException {
    answer(call, new byte[0]);
  }

  private static void answer(Call call, byte[] body) throws IOException {
    call.exchange()
        .setHeader("Builder-Version", "2")
        .setHeader("Swarm", "inactive")
        .setHeader("Cache-Control", "no-cache, no-store, must-revalidate")
        .setHeader("Pragma", "no-cache")
        .send(200, "text/plain; charset=utf-8", body);
  }
}
