/** Images: references, the content store, load, import, pull, save, removal. What the API server and lifecycle code against. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.images;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
