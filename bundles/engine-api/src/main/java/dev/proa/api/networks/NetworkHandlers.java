package dev.proa.api.networks;

import dev.proa.api.router.Call;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.lifecycle.networks.NetworkCreateRequest;
import dev.proa.lifecycle.networks.Networks;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Networks and who is attached to them. */
public final class NetworkHandlers {
  private final Networks networks;

  public NetworkHandlers(Networks networks) {
    this.networks = networks;
  }

  void list(Call call) throws IOException {
    call.json(networks.list(call.query().filters()));
  }

  void create(Call call) throws IOException {
    Networks.Created created = networks.create(call.body(NetworkCreateRequest.class, "CreateRequest"));
    call.json(201, new CreateResponse(created.id(), created.warning()));
  }

  void inspect(Call call) throws IOException {
    String scope = call.query().orNull("scope");
    if (scope != null && !scope.isEmpty() && !scope.equals("local")) {
      throw ProaException.notFound("network " + call.parameter() + " not found");
    }
    call.json(networks.inspect(call.parameter()));
  }

  void remove(Call call) throws IOException {
    networks.remove(call.parameter());
    call.noContent();
  }

  void connect(Call call) throws IOException {
    ConnectBody body = call.body(ConnectBody.class, "ConnectOptions");
    networks.connect(call.parameter(), container(body.container()), body.endpointConfig());
    call.exchange().send(200);
  }

  void disconnect(Call call) throws IOException {
    DisconnectBody body = call.body(DisconnectBody.class, "DisconnectOptions");
    networks.disconnect(call.parameter(), container(body.container()), body.force());
    call.exchange().send(200);
  }

  private static String container(@Nullable String name) {
    if (name == null || name.isEmpty()) {
      throw ProaException.invalid("invalid name or ID supplied: \"\"");
    }
    return name;
  }

  void prune(Call call) throws IOException {
    call.json(new PruneResponse(networks.prune(call.query().filters())));
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record ConnectBody(@Nullable String container, @Nullable EndpointSettings endpointConfig) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record DisconnectBody(@Nullable String container, boolean force) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record CreateResponse(String id, String warning) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record PruneResponse(List<String> networksDeleted) {}
}
