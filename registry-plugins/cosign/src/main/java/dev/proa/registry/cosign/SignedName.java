package dev.proa.registry.cosign;

/**
 * The name of an image as signatures and the engine write it, brought to one form.
 *
 * @param repository {@code docker.io/library/busybox}
 * @param tag empty if it has none
 */
record SignedName(String repository, String tag) {

  static SignedName parse(String text) {
    int at = text.indexOf('@');
    String name = at < 0 ? text : text.substring(0, at);
    int colon = name.indexOf(':', name.lastIndexOf('/') + 1);
    String tag = colon < 0 ? "" : name.substring(colon + 1);
    String repository = colon < 0 ? name : name.substring(0, colon);
    int slash = repository.indexOf('/');
    String first = slash < 0 ? "" : repository.substring(0, slash);
    if (first.equals("index.docker.io")) {
      repository = "docker.io" + repository.substring(slash);
    } else if (!first.equals("localhost") && first.indexOf('.') < 0 && first.indexOf(':') < 0) {
      repository = "docker.io/" + (slash < 0 ? "library/" : "") + repository;
    }
    return new SignedName(repository, tag);
  }

  /** Whether both may mean one image: where both have a tag it is the same. */
  boolean agreesWith(SignedName other) {
    return tag.isEmpty() || other.tag.isEmpty() || tag.equals(other.tag);
  }
}
