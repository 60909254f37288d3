/** The state store: what the engine has acknowledged, as documents. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.store;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
