/** What is in an image: the packages that its layers bring. */
@NullMarked
package dev.proa.scan.inventory;

import org.jspecify.annotations.NullMarked;
