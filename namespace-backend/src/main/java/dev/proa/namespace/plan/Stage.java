package dev.proa.namespace.plan;

import static dev.proa.namespace.plan.Steps.AT_FDCWD;
import static dev.proa.namespace.plan.Steps.O_PATH_DIRECTORY;

import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;

/**
 * Where a plan attaches what it has to attach before the container's root is "/". With the host's rights that is in folders of the daemon's own. The root
 * of a user namespace may not enter those, so there it is in a file system of the plan's, which is the working directory and stays it across the clone
 * into another mount namespace.
 */
record Stage(String root, String scratch, Arg directory) {
  private static final String NAME = "make the stage";
  private static final int FOLDER_MODE = 0755;

  static Stage ofDaemon(Surroundings surroundings) {
    return new Stage(surroundings.attachment(), surroundings.scratch(), AT_FDCWD);
  }

  static Stage own(Steps steps, String attachment) {
    Arg context = steps.fsopen(NAME, "tmpfs");
    steps.fsconfigString(NAME, context, "source", "tmpfs");
    steps.fsconfigString(NAME, context, "mode", "755");
    steps.fsconfigCreate(NAME, context);
    Arg stage = steps.fsmount(NAME, context, 0);
    steps.mkdirat(NAME, stage, "root", FOLDER_MODE);
    steps.mkdirat(NAME, stage, "scratch", FOLDER_MODE);
    steps.mkdirat(NAME, stage, "devices", FOLDER_MODE);
    steps.moveMount(NAME, stage, AT_FDCWD, attachment);
    steps.call(NAME, Syscall.FCHDIR, steps.openat(NAME, AT_FDCWD, attachment, O_PATH_DIRECTORY).result());
    return new Stage("root", "scratch", stage);
  }
}
