/** Projects of the Compose specification: from YAML files to what services, networks and volumes are to be. */
@NullMarked
package dev.proa.cli.compose.model;

import org.jspecify.annotations.NullMarked;
