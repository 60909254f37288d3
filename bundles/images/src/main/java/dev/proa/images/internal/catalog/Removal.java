package dev.proa.images.internal.catalog;

import dev.proa.images.ImageUsers;
import dev.proa.images.ImageUsers.ImageUser;
import dev.proa.images.Reference;
import dev.proa.images.RemovedImage;
import dev.proa.images.internal.catalog.Catalog.Draft;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.content.Digest;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Docker's rules of {@code docker rmi}: what may go, in which order, and the words in which the rest is refused. */
public final class Removal {
  private final Draft draft;
  private final ImageUsers users;
  private final boolean force;
  private final boolean prune;
  private final List<RemovedImage> steps = new ArrayList<>();
  private final List<Entry> deleted = new ArrayList<>();

  /** @param prune whether parents that nothing else names or uses go as well */
  public Removal(Draft draft, ImageUsers users, boolean force, boolean prune) {
    this.draft = draft;
    this.users = users;
    this.force = force;
    this.prune = prune;
  }

  /** What was done so far, in order; the layers are not in it. */
  public List<RemovedImage> steps() {
    return steps;
  }

  /** Images deleted, in order. */
  public List<Entry> deleted() {
    return deleted;
  }

  /**
   * Removes what a name or id means.
   *
   * @throws ProaException {@code CONFLICT}
   */
  public void remove(Entry image, String nameOrId) {
    List<Reference> names = draft.namesOf(image.id());
    boolean byId = image.id().value().startsWith(nameOrId) || image.id().hex().startsWith(nameOrId);
    if (byId) {
      if (isSingle(names)) {
        conflict(image.id(), !force, false).ifPresent(Removal::refuse);
        names.forEach(this::untag);
      }
      delete(image, false);
      return;
    }
    if (!force && isSingle(names)) {
      users.of(image.id().value()).stream()
          .findFirst()
          .ifPresent(
              user -> {
                throw ProaException.conflict(
                    "conflict: unable to remove repository reference \""
                        + nameOrId
                        + "\" (must force) - container "
                        + shortId(user.containerId())
                        + " is using its referenced image "
                        + image.id().shortHex());
              });
    }
    Reference reference = Reference.parse(nameOrId).stored();
    untag(reference);
    List<Reference> left = draft.namesOf(image.id());
    if (reference.digest() == null && left.stream().noneMatch(name -> name.tag() != null && name.name().equals(reference.name()))) {
      // Digests of a repository without a tag are no names that anybody gave.
      left.stream().filter(name -> name.digest() != null && name.name().equals(reference.name())).forEach(this::untag);
      left = draft.namesOf(image.id());
    }
    if (left.isEmpty()) {
      delete(image, true);
    }
  }

  /** One repository at most, and at most one tag in it. */
  private static boolean isSingle(List<Reference> names) {
    if (names.size() <= 1) {
      return names.size() == 1;
    }
    Set<String> digested = new HashSet<>();
    Reference tagged = null;
    for (Reference name : names) {
      if (name.digest() != null) {
        digested.add(name.name());
      } else if (tagged == null) {
        tagged = name;
      } else {
        return false;
      }
    }
    String single = tagged == null ? names.getFirst().name() : tagged.name();
    return digested.size() == 1 && digested.contains(single);
  }

  private void untag(Reference reference) {
    draft.unname(reference);
    steps.add(new RemovedImage.Untagged(reference.familiar()));
  }

  /** Why an image may not be deleted. */
  private record Conflict(Digest image, boolean hard, boolean used, String reason) {}

  /** @param soft also what force overrides; {@code references} whether names count among that */
  private Optional<Conflict> conflict(Digest id, boolean soft, boolean references) {
    if (draft.images().values().stream().anyMatch(other -> id.equals(other.stored().parent()))) {
      return Optional.of(new Conflict(id, true, false, "image has dependent child images"));
    }
    List<ImageUser> containers = users.of(id.value());
    Optional<ImageUser> running = containers.stream().filter(ImageUser::running).findFirst();
    if (running.isPresent()) {
      return Optional.of(new Conflict(id, true, true, "image is being used by running container " + shortId(running.get().containerId())));
    }
    if (soft && references && !draft.namesOf(id).isEmpty()) {
      return Optional.of(new Conflict(id, false, false, "image is referenced in multiple repositories"));
    }
    if (soft && !containers.isEmpty()) {
      String container = shortId(containers.getFirst().containerId());
      return Optional.of(new Conflict(id, false, true, "image is being used by stopped container " + container));
    }
    return Optional.empty();
  }

  private static void refuse(Conflict conflict) {
    throw ProaException.conflict(
        "conflict: unable to delete "
            + conflict.image().shortHex()
            + " ("
            + (conflict.hard() ? "cannot be forced" : "must be forced")
            + ") - "
            + conflict.reason());
  }

  private void delete(Entry image, boolean quiet) {
    delete(image, force, quiet);
  }

  /** @param quiet whether a conflict merely ends it, unless nothing but this would name the image */
  private void delete(Entry image, boolean forced, boolean quiet) {
    Optional<Conflict> conflict = conflict(image.id(), !forced, true);
    if (conflict.isPresent()) {
      boolean dangling = draft.namesOf(image.id()).isEmpty() && draft.images().values().stream().noneMatch(o -> image.id().equals(o.stored().parent()));
      if (quiet && (!dangling || conflict.get().used())) {
        return;
      }
      refuse(conflict.get());
    }
    draft.namesOf(image.id()).forEach(this::untag);
    draft.remove(image.id());
    deleted.add(image);
    steps.add(new RemovedImage.Deleted(image.id().value()));
    @Nullable Digest parent = image.stored().parent();
    Entry above = parent == null ? null : draft.images().get(parent);
    if (prune && above != null) {
      delete(above, false, true);
    }
  }

  private static String shortId(String id) {
    return id.length() > 12 ? id.substring(0, 12) : id;
  }
}
