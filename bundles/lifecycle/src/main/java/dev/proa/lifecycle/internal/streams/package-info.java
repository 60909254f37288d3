@NullMarked
package dev.proa.lifecycle.internal.streams;

import org.jspecify.annotations.NullMarked;
