package dev.proa.vmm.virtio.fs;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Processes;

/** Makes files as the user who asked: this thread's file system ids are that user's meanwhile. Other calls need no such thing, because the guest's kernel has checked them. */
final class Creation {
  private Creation() {}

  interface Call {
    void make() throws ErrnoException;
  }

  /** EPERM when this process may not act for others, and the user is not its own. */
  static void as(FuseRequest request, Call call) throws ErrnoException {
    int uid = Processes.geteuid();
    int gid = Processes.getegid();
    if (request.uid == uid && request.gid == gid) {
      call.make();
      return;
    }
    try {
      Processes.setFileSystemIds(request.uid, request.gid);
      call.make();
    } finally {
      Processes.setFileSystemIds(uid, gid);
    }
  }
}
