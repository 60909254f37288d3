/** Manifests, indexes and configurations: the documents of image-spec and of Docker schema 2. */
@NullMarked
package dev.proa.images.internal.manifest;

import org.jspecify.annotations.NullMarked;
