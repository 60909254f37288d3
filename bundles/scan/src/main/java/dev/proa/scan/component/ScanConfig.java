package dev.proa.scan.component;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Where advisories come from, and what is kept. */
@ObjectClassDefinition(name = "Scan", description = "where advisories come from, and what is kept of layers")
@interface ScanConfig {
  String PID = "proa-scan";

  @AttributeDefinition(
      name = "mirror",
      description = "address of a mirror with a folder for each ecosystem and an all.zip in it; empty: no network is used unless an import names an address",
      required = false)
  String mirror() default "";

  @AttributeDefinition(name = "max-age-hours", description = "how old advisories may be before a scan asks the mirror for new ones: 1 to 8760", min = "1", max = "8760")
  int max$_$age$_$hours() default 24;

  @AttributeDefinition(name = "cache-mib", description = "how much is kept of what layers hold, in MiB: 1 to 65536", min = "1", max = "65536")
  int cache$_$mib() default 256;
}
