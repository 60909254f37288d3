@NullMarked
package dev.proa.lifecycle.internal.engine;

import org.jspecify.annotations.NullMarked;
