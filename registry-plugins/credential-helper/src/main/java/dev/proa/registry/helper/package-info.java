/** Registry authentication: credentials of docker-credential-* programs and of docker's config.json. */
@NullMarked
package dev.proa.registry.helper;

import org.jspecify.annotations.NullMarked;
