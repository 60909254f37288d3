@NullMarked
package dev.proa.lifecycle.internal.logs;

import org.jspecify.annotations.NullMarked;
