/** The backend: tasks in Linux namespaces, run by the shim. */
@NullMarked
package dev.proa.namespace;

import org.jspecify.annotations.NullMarked;
