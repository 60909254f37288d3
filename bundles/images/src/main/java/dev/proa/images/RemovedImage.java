package dev.proa.images;

/** What a removal did, one step ({@code ImageDeleteResponseItem}). */
public sealed interface RemovedImage {
  /** A name was taken off: {@code busybox:1} or {@code busybox@sha256:…}. */
  record Untagged(String reference) implements RemovedImage {}

  /** An image (by id) or a layer (by chain id) was deleted. */
  record Deleted(String id) implements RemovedImage {}
}
