/** From a request's path and method to its handler, from failures to answers: what all resources of the API share. */
@NullMarked
package dev.proa.api.router;

import org.jspecify.annotations.NullMarked;
