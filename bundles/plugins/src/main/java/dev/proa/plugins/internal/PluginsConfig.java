package dev.proa.plugins.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** How plugins are tried and replaced. */
@ObjectClassDefinition(name = "Plugins", description = "how plugins are tried and replaced")
@interface PluginsConfig {
  String PID = "dev.proa.plugins";

  @AttributeDefinition(name = "probation-seconds", description = "how long a plugin may take in probation: 1 to 600", min = "1", max = "600")
  int probation$_$seconds() default 30;

  @AttributeDefinition(name = "probation-heap-mib", description = "how much heap it gets there, in MiB: 32 to 4096", min = "32", max = "4096")
  int probation$_$heap$_$mib() default 96;

  @AttributeDefinition(name = "drain-seconds", description = "how long the former version of a driver is waited for, before it goes although it is in use: 1 to 3600", min = "1", max = "3600")
  int drain$_$seconds() default 30;
}
