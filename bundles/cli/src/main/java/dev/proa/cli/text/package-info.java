/** What is printed: tables, sizes, times, templates. */
@NullMarked
package dev.proa.cli.text;

import org.jspecify.annotations.NullMarked;
