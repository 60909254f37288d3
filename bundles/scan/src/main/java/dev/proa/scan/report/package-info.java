/** What is said about an image, in the formats that others read. */
@NullMarked
package dev.proa.scan.report;

import org.jspecify.annotations.NullMarked;
