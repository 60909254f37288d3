/** {@code proa oci}: the command line of an OCI runtime, as runc has it, over the namespace backend's code. It needs no daemon. */
@org.jspecify.annotations.NullMarked
package dev.proa.cli.oci;
