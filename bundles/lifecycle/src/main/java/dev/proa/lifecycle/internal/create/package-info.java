@NullMarked
package dev.proa.lifecycle.internal.create;

import org.jspecify.annotations.NullMarked;
