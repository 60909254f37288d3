package dev.proa.api.router;

import dev.proa.api.http.Application;
import dev.proa.api.http.Exchange;
import dev.proa.spi.ProaException;
import io.netty.handler.codec.DateFormatter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the route of a request, checks the version its client speaks, and turns failures into answers. */
public final class Router implements Application {
  private static final Logger LOG = LoggerFactory.getLogger(Router.class);

  private final String server;
  private final boolean experimental;
  private final Map<String, List<Route>> fixed = new HashMap<>();
  private final List<Route> withParameter = new ArrayList<>();

  /** @param productVersion for the header {@code Server} */
  public Router(String productVersion, boolean experimental, List<Route> routes) {
    this.experimental = experimental;
    this.server = "Proa/" + productVersion + " (linux)";
    for (Route route : routes) {
      if (route.hasParameter()) {
        withParameter.add(route);
      } else {
        fixed.computeIfAbsent(route.template(), path -> new ArrayList<>()).add(route);
      }
    }
  }

  @Override
  public void handle(Exchange exchange) throws IOException {
    LOG.debug("{} {} of {}", exchange.method(), exchange.target(), exchange.peer());
    setCommonHeaders(exchange);
    try {
      dispatch(exchange);
    } catch (Exception | Error e) {
      Failures.answer(exchange, e);
    }
  }

  /** Answers with a failure whatever was asked. */
  public void refuse(Exchange exchange, ProaException failure) throws IOException {
    setCommonHeaders(exchange);
    Failures.answer(exchange, failure);
  }

  /** Whether there is a route without parameter for that path, whatever the method. */
  public boolean serves(String target) {
    try {
      return fixed.containsKey(Target.parse(target).path());
    } catch (ProaException e) {
      return false;
    }
  }

  private void setCommonHeaders(Exchange exchange) {
    exchange
        .setHeader("Server", server)
        .setHeader("Api-Version", ApiVersion.NEWEST.toString())
        .setHeader("Docker-Experimental", String.valueOf(experimental))
        .setHeader("Ostype", "linux")
        .setHeader("Date", DateFormatter.format(new Date()));
  }

  private void dispatch(Exchange exchange) throws Exception {
    Target target = Target.parse(exchange.target());
    ApiVersion version = check(target.version());
    List<Route> there = fixed.getOrDefault(target.path(), List.of());
    for (Route route : there) {
      if (route.method().equals(exchange.method())) {
        route.handler().handle(new Call(exchange, version, "", Query.parse(target.query())));
        return;
      }
    }
    for (Route route : there.isEmpty() ? withParameter : List.<Route>of()) {
      String parameter = route.method().equals(exchange.method()) ? route.match(target.path()) : null;
      if (parameter != null) {
        route.handler().handle(new Call(exchange, version, parameter, Query.parse(target.query())));
        return;
      }
    }
    // A method that a path does not have is told no other way by the Docker Engine.
    throw ProaException.notFound("page not found");
  }

  private static ApiVersion check(@Nullable String text) {
    if (text == null) {
      return ApiVersion.NEWEST;
    }
    ApiVersion version;
    try {
      version = ApiVersion.parse(text);
    } catch (NumberFormatException e) {
      throw ProaException.invalid("invalid API version: " + text);
    }
    if (version.compareTo(ApiVersion.OLDEST) < 0) {
      throw ProaException.invalid(
          "client version "
              + text
              + " is too old. Minimum supported API version is "
              + ApiVersion.OLDEST
              + ", please upgrade your client to a newer version");
    }
    if (version.compareTo(ApiVersion.NEWEST) > 0) {
      throw ProaException.invalid("client version " + text + " is too new. Maximum supported API version is " + ApiVersion.NEWEST);
    }
    return version;
  }
}
