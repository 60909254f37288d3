package dev.proa.spi.policy;

import java.util.List;

/**
 * What is to be verified.
 *
 * @param repository in full: {@code docker.io/library/busybox}; empty for an image that has no name
 * @param reference by which it was pulled, in full: {@code docker.io/library/busybox:1}; empty if it never was
 * @param digests of the index, if there is one, and of the manifest ({@code sha256:…}): a proof for one of them is a proof; empty for an
 *     image that was made here
 */
public record ImageSubject(String repository, String reference, List<String> digests) {
  public ImageSubject {
    digests = List.copyOf(digests);
  }
}
