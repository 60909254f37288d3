@NullMarked
package dev.proa.plugins.internal;

import org.jspecify.annotations.NullMarked;
