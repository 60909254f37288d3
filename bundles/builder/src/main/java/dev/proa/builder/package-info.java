/** Building images: what the API server codes against. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.builder;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
