@NullMarked
package dev.proa.lifecycle.internal.state;

import org.jspecify.annotations.NullMarked;
