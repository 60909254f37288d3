@NullMarked
package dev.proa.lifecycle.internal.run;

import org.jspecify.annotations.NullMarked;
