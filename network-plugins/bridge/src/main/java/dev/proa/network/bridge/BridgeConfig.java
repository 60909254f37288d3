package dev.proa.network.bridge;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What networks get that ask for nothing else. */
@ObjectClassDefinition(name = "Bridge networks", description = "what bridge networks get that ask for nothing else")
@interface BridgeConfig {
  String PID = "proa-network-bridge";

  @AttributeDefinition(name = "mtu", description = "of networks that are made from now on, 0 for the kernel's own choice: 0 to 65535", min = "0", max = "65535")
  int mtu() default 0;
}
