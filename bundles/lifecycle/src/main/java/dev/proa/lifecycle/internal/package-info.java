@NullMarked
package dev.proa.lifecycle.internal;

import org.jspecify.annotations.NullMarked;
