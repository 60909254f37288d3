/** Registry authentication: bearer tokens of a token server, by GET and by OAuth2. */
@NullMarked
package dev.proa.registry.token;

import org.jspecify.annotations.NullMarked;
