package dev.proa.images.internal.verify;

import dev.proa.images.ImageEvent;
import dev.proa.images.Reference;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.catalog.Evidence;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.DiskFailure;
import dev.proa.images.internal.registry.RegistryClient;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.policy.ImageArtifacts;
import dev.proa.spi.policy.ImageSubject;
import dev.proa.spi.policy.ImageVerifier;
import dev.proa.spi.policy.Requirement;
import dev.proa.spi.policy.Verification;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets images in and lets them be used, or not: asks every verifier, refuses where one requires a proof and finds none, and says so in the error, in an
 * event and in what the client sees. A verifier that is set up (there is something in its folder) and not there is a refusal too.
 */
public final class ImageGate {
  private static final Logger LOG = LoggerFactory.getLogger(ImageGate.class);

  private final Verifiers verifiers;
  private final Path folder;
  private final ContentStore content;
  private final Consumer<ImageEvent> events;

  /** @param folder whose folders are those of the verifiers, by name */
  public ImageGate(Verifiers verifiers, Path folder, ContentStore content, Consumer<ImageEvent> events) {
    this.verifiers = verifiers;
    this.folder = folder;
    this.content = content;
    this.events = events;
  }

  /** What a pull is to keep: the evidence, and the documents it refers to. */
  public record Kept(Evidence evidence, List<byte[]> documents) {}

  /**
   * Checks what is about to be pulled.
   *
   * @param digests of the index and the manifest
   * @param said gets a line for the client
   * @return null if nobody asked for a proof
   * @throws ProaException {@code PERMISSION_DENIED} if there is none and there should be
   */
  public @Nullable Kept admitPull(Reference reference, List<Digest> digests, RegistryClient client, Consumer<String> said) {
    ImageSubject subject = new ImageSubject(reference.name(), reference.toString(), digests.stream().map(Digest::value).toList());
    RemoteArtifacts artifacts = new RemoteArtifacts(client, reference);
    boolean asked = admit(subject, reference.familiar() + " (" + digests.getFirst() + ")", artifacts, said, true);
    return asked ? new Kept(artifacts.evidence(digests), artifacts.documents()) : null;
  }

  /**
   * Checks an image that is here before a container is made of it.
   *
   * @param names the repositories that it is used as: the one that the user named, or all that name it
   * @param said gets a line if there is no proof where one was only wished for
   * @throws ProaException {@code PERMISSION_DENIED} if there is no proof and there should be
   */
  public void admitUse(Entry image, List<Reference> names, Consumer<String> said) {
    if (verifierNames().isEmpty()) {
      return;
    }
    List<String> repositories = names.isEmpty() ? List.of("") : names.stream().map(Reference::name).distinct().toList();
    for (String repository : repositories) {
      Evidence evidence = image.stored().evidence().stream().filter(one -> one.repository().equals(repository)).findFirst().orElse(null);
      ImageSubject subject =
          evidence == null
              ? new ImageSubject(repository, "", List.of())
              : new ImageSubject(repository, evidence.reference(), evidence.digests().stream().map(Digest::value).toList());
      String shown = (repository.isEmpty() ? "" : repository + " ") + "(" + image.id() + ")";
      admit(subject, shown, new KeptArtifacts(evidence, content), said, false);
    }
  }

  /** @return whether anybody asked for a proof */
  private boolean admit(ImageSubject subject, String shown, ImageArtifacts artifacts, Consumer<String> said, boolean pulling) {
    boolean asked = false;
    for (String name : verifierNames()) {
      Requirement requirement = use(name, verifier -> verifier.requirement(subject.repository()));
      if (requirement == Requirement.OFF) {
        continue;
      }
      asked = true;
      Verification result;
      try {
        result = use(name, verifier -> verifier.verify(subject, artifacts));
      } catch (ProaException e) {
        result = Verification.refused(String.valueOf(e.getMessage()));
      }
      settle(name, requirement, result, subject, shown, said, pulling);
    }
    return asked;
  }

  private void settle(String verifier, Requirement requirement, Verification result, ImageSubject subject, String shown, Consumer<String> said, boolean pulling) {
    boolean require = requirement == Requirement.REQUIRE;
    tell(verifier, result.verified() ? "verified" : require ? "refused" : "unverified", result.detail(), subject);
    if (result.verified()) {
      if (pulling) {
        said.accept("Verified: " + shown + " by " + verifier + ", " + result.detail());
      }
      return;
    }
    String message = shown + " is not verified: " + result.detail() + " (image policy of " + verifier + ")";
    if (require) {
      throw new ProaException(ErrorClass.PERMISSION_DENIED, message);
    }
    said.accept(pulling ? "Warning: " + message : message);
  }

  private void tell(String verifier, String outcome, String detail, ImageSubject subject) {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("name", subject.repository());
    attributes.put("verifier", verifier);
    attributes.put("outcome", outcome);
    attributes.put("detail", detail);
    subject.digests().stream().findFirst().ifPresent(digest -> attributes.put("digest", digest));
    events.accept(new ImageEvent("verify", subject.reference().isEmpty() ? subject.repository() : subject.reference(), attributes, Instant.now()));
  }

  /** Those that are there, and those that are set up. */
  private SortedSet<String> verifierNames() {
    SortedSet<String> names = new TreeSet<>(verifiers.names());
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(folder)) {
      for (Path each : folders) {
        String name = each.getFileName().toString();
        if (!names.contains(name) && isSetUp(name)) {
          names.add(name);
        }
      }
    } catch (NoSuchFileException e) {
      // Nobody has ever set one up.
    } catch (IOException e) {
      throw DiskFailure.of("cannot list " + folder, e);
    }
    return names;
  }

  private boolean isSetUp(String name) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder.resolve(name))) {
      return files.iterator().hasNext();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return false;
    } catch (IOException e) {
      throw DiskFailure.of("cannot list " + folder.resolve(name), e);
    }
  }

  private <R> R use(String name, Function<ImageVerifier, R> call) {
    if (verifiers.names().contains(name)) {
      try {
        return verifiers.use(name, call);
      } catch (ProaException e) {
        if (!e.is(ErrorClass.NOT_FOUND) || verifiers.names().contains(name)) {
          throw e;
        }
        LOG.debug("image verifier {} went between two calls", name);
      }
    }
    throw ProaException.unavailable(
        "images are verified by " + name + ", which is not there now: put its plugin back, or empty " + folder.resolve(name) + " if nothing is to be verified",
        null);
  }
}
