package dev.proa.lifecycle.containers;

import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** @param kind 0 modified, 1 added, 2 deleted */
@JsonNaming(UpperCamelCaseStrategy.class)
public record FilesystemChange(String path, int kind) {}
