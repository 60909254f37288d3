package dev.proa.lifecycle.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What containers get that ask for nothing else, and where images come from. */
@ObjectClassDefinition(name = "Engine", description = "what containers get that ask for nothing else, and where images come from")
@interface EngineConfig {
  String PID = "dev.proa.engine";

  @AttributeDefinition(name = "log-driver", description = "the log driver of containers that name none")
  String log$_$driver() default "json-file";

  @AttributeDefinition(name = "log-opts", description = "its options, KEY=VALUE, for containers that do not set them")
  String[] log$_$opts() default {};

  @AttributeDefinition(name = "registry-mirrors", description = "asked before Docker Hub, in order: https://HOST[:PORT][/PATH]; without any those of --registry-mirror")
  String[] registry$_$mirrors() default {};
}
