/** The words of a Dockerfile and the instructions that only change an image's configuration: for {@code --change} and for builds. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.images.dockerfile;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
