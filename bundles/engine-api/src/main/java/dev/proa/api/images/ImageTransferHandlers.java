package dev.proa.api.images;

import dev.proa.api.json.JsonBody;
import dev.proa.api.router.Call;
import dev.proa.api.router.Failures;
import dev.proa.api.router.Query;
import dev.proa.api.streams.ProgressStream;
import dev.proa.images.ImportRequest;
import dev.proa.images.Images;
import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import dev.proa.images.PullRequest;
import dev.proa.images.PushRequest;
import dev.proa.images.RegistryCredentials;
import dev.proa.images.SavedArchive;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Images coming and going: pull, push, import, load, save. They end when the client goes away and leave nothing half-made. */
public final class ImageTransferHandlers {
  private final Images images;

  public ImageTransferHandlers(Images images) {
    this.images = images;
  }

  void create(Call call) throws Exception {
    Query query = call.query();
    String image = query.get("fromImage");
    String source = query.get("fromSrc");
    if (!image.isEmpty()) {
      PullRequest request =
          new PullRequest(image, query.orNull("tag"), query.orNull("platform"), RegistryAuth.ofHeader(call.exchange().header("X-Registry-Auth")));
      ProgressStream.answer(call, progress -> pull(request, progress));
    } else if (source.equals("-")) {
      ImportRequest request =
          new ImportRequest(query.orNull("repo"), query.orNull("tag"), query.all("changes"), query.get("message"), query.orNull("platform"));
      ProgressStream.answer(call, progress -> images.importImage(request, call.exchange().body(), progress));
    } else if (source.isEmpty()) {
      throw ProaException.invalid("invalid request: name an image to pull with fromImage, or send one with fromSrc=-");
    } else {
      URI address = RemoteArchive.address(source);
      String message = query.get("message").isEmpty() ? "Imported from " + source : query.get("message");
      ImportRequest request = new ImportRequest(query.orNull("repo"), query.orNull("tag"), query.all("changes"), message, query.orNull("platform"));
      ProgressStream.answer(call, progress -> importFrom(address, request, progress));
    }
  }

  private void importFrom(URI address, ImportRequest request, ProgressSink progress) throws Exception {
    try (RemoteArchive archive = RemoteArchive.open(address)) {
      progress.send(ProgressMessage.ofStatus("Downloading from " + address));
      images.importImage(request, archive.body(), progress);
    }
  }

  private void pull(PullRequest request, ProgressSink progress) {
    try {
      images.pull(request, progress);
    } catch (ProaException e) {
      throw Failures.ofRegistry(e);
    }
  }

  void push(Call call) throws Exception {
    RegistryCredentials credentials = pushCredentials(call);
    // A tag is always sent by the docker command, but for --all-tags.
    String platform = call.version().before(1, 46) ? null : call.query().orNull("platform");
    PushRequest request =
        new PushRequest(call.parameter(), call.query().orNull("tag"), platform == null ? null : Platforms.parse(platform), credentials);
    ProgressStream.answer(call, progress -> images.push(request, progress));
  }

  /** From the header, or from the body as old clients send them; nobody in particular without either. */
  private static @Nullable RegistryCredentials pushCredentials(Call call) throws IOException {
    String header = call.exchange().header("X-Registry-Auth");
    if (header != null && !header.isEmpty()) {
      return RegistryAuth.ofHeader(header);
    }
    JsonNode body;
    try {
      body = JsonBody.tree(call.exchange());
    } catch (ProaException e) {
      return null; // as the Docker Engine, which takes what is no login for none
    }
    RegistryAuth auth = body == null ? null : JsonBody.convert(body, RegistryAuth.class, "AuthConfig");
    return auth == null || auth.isAnonymous() ? null : auth.credentials();
  }

  void load(Call call) throws Exception {
    boolean quiet = call.query().flag("quiet");
    List<String> platforms = platforms(call.query());
    ProgressStream.answerWhenDone(call, progress -> images.load(call.exchange().body(), platforms, quiet, progress));
  }

  void save(Call call) throws IOException {
    write(call, List.of(call.parameter()));
  }

  void saveNamed(Call call) throws IOException {
    write(call, call.query().all("names"));
  }

  private void write(Call call, List<String> names) throws IOException {
    call.exchange().interruptOnDisconnect();
    try (SavedArchive archive = images.save(names)) {
      // Not closed when it fails: an answer that is cut off must not look whole.
      OutputStream out = call.stream(Call.TAR);
      archive.writeTo(out);
      out.close();
    }
  }

  /** Since API 1.48 the parameter is JSON, {@code {"os":"linux","architecture":"arm64"}}, and may come several times. */
  private static List<String> platforms(Query query) {
    return query.all("platform").stream().filter(text -> !text.isEmpty()).map(Platforms::parse).toList();
  }
}
