package dev.proa.lifecycle.containers;

import java.util.List;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** The processes of a container as ps(1) on the host prints them. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record TopView(List<List<String>> processes, List<String> titles) {}
