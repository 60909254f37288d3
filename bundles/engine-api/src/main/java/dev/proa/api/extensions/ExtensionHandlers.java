package dev.proa.api.extensions;

import dev.proa.api.http.Exchange;
import dev.proa.api.router.Call;
import dev.proa.plugins.Drivers;
import dev.proa.spi.ProaException;
import dev.proa.spi.api.ApiAnswer;
import dev.proa.spi.api.ApiRequest;
import dev.proa.spi.api.ApiResource;
import dev.proa.spi.image.ImageReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/** Hands requests to the plugin whose resource they are for. */
public final class ExtensionHandlers {
  private final Drivers drivers;
  private final ImageReader images;

  public ExtensionHandlers(Drivers drivers, ImageReader images) {
    this.drivers = drivers;
    this.images = images;
  }

  void answer(Call call) throws IOException {
    int slash = call.parameter().indexOf('/');
    String resource = slash < 0 ? call.parameter() : call.parameter().substring(0, slash);
    if (drivers.list().stream().noneMatch(info -> info.point().equals(ApiResource.class.getSimpleName()) && info.name().equals(resource))) {
      throw ProaException.notFound("page not found");
    }
    call.exchange().interruptOnDisconnect();
    Request request = new Request(call, slash < 0 ? "" : call.parameter().substring(slash), images);
    Answer answer = new Answer(call.exchange());
    drivers.<ApiResource, IOException>run(ApiResource.class, resource, driver -> driver.answer(request, answer));
  }

  private record Request(Call call, String path, ImageReader images) implements ApiRequest {
    @Override
    public String method() {
      return call.exchange().method();
    }

    @Override
    public List<String> query(String name) {
      return call.query().all(name);
    }

    @Override
    public boolean flag(String name) {
      return call.query().flag(name);
    }

    @Override
    public InputStream body() {
      return call.exchange().body();
    }
  }

  private record Answer(Exchange exchange) implements ApiAnswer {
    @Override
    public void header(String name, String value) {
      exchange.setHeader(name, value);
    }

    @Override
    public void send(int status, String contentType, byte[] body) throws IOException {
      exchange.send(status, contentType, body);
    }

    @Override
    public OutputStream stream(int status, String contentType) throws IOException {
      return exchange.stream(status, contentType);
    }
  }
}
