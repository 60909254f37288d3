package dev.proa.api.router;

import org.jspecify.annotations.Nullable;

/**
 * A line of a resource's table.
 *
 * @param template a path without version; at most one segment is a parameter, {@code /images/{name}/json}, which takes slashes too, as
 *     images' names have them
 */
public record Route(String method, String template, Handler handler) {

  public static Route get(String template, Handler handler) {
    return new Route("GET", template, handler);
  }

  public static Route head(String template, Handler handler) {
    return new Route("HEAD", template, handler);
  }

  public static Route post(String template, Handler handler) {
    return new Route("POST", template, handler);
  }

  public static Route put(String template, Handler handler) {
    return new Route("PUT", template, handler);
  }

  public static Route delete(String template, Handler handler) {
    return new Route("DELETE", template, handler);
  }

  private int parameterStart() {
    return template.indexOf('{');
  }

  boolean hasParameter() {
    return parameterStart() >= 0;
  }

  /** The parameter's value if the path is one of this template's, else null. */
  @Nullable String match(String path) {
    int start = parameterStart();
    String suffix = template.substring(template.indexOf('}') + 1);
    int end = path.length() - suffix.length();
    return end > start && path.startsWith(template.substring(0, start)) && path.endsWith(suffix) ? path.substring(start, end) : null;
  }
}
