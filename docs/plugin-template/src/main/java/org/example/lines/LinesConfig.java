package org.example.lines;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What can be set: proa config set org.example.lines max-line-bytes=1000. */
@ObjectClassDefinition(name = "Lines", description = "the log driver lines")
public @interface LinesConfig {
  String PID = "org.example.lines";

  @AttributeDefinition(name = "max-line-bytes", description = "what is longer is cut off: 16 to 1048576", min = "16", max = "1048576")
  int max$_$line$_$bytes() default 1048576;
}
