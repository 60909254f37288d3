package dev.proa.cli.compose;

/** The labels that Docker Compose puts on what belongs to a project, so that either finds the other's. */
final class Labels {
  static final String PROJECT = "com.docker.compose.project";
  static final String SERVICE = "com.docker.compose.service";
  static final String NUMBER = "com.docker.compose.container-number";
  static final String ONE_OFF = "com.docker.compose.oneoff";
  static final String HASH = "com.docker.compose.config-hash";
  static final String IMAGE = "com.docker.compose.image";
  static final String DEPENDS_ON = "com.docker.compose.depends_on";
  static final String FILES = "com.docker.compose.project.config_files";
  static final String DIRECTORY = "com.docker.compose.project.working_dir";
  static final String NETWORK = "com.docker.compose.network";
  static final String VOLUME = "com.docker.compose.volume";
  static final String VERSION = "com.docker.compose.version";
  /** The version of Compose whose way of labelling this is. */
  static final String VERSION_VALUE = "2.40.0";

  private Labels() {}
}
