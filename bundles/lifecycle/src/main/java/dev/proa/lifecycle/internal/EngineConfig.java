package dev.proa.lifecycle.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What containers get that ask for nothing else. */
@ObjectClassDefinition(name = "Engine", description = "what containers get that ask for nothing else")
@interface EngineConfig {
  String PID = "dev.proa.engine";

  @AttributeDefinition(name = "log-driver", description = "the log driver of containers that name none")
  String log$_$driver() default "json-file";

  @AttributeDefinition(name = "log-opts", description = "its options, KEY=VALUE, for containers that do not set them")
  String[] log$_$opts() default {};
}
