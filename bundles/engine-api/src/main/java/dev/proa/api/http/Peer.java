package dev.proa.api.http;

/** The process at the other end as the kernel saw it when it connected (SO_PEERCRED); −1 where that is unknown. */
public record Peer(int pid, int uid, int gid) {
  static final Peer UNKNOWN = new Peer(-1, -1, -1);

  @Override
  public String toString() {
    return "uid " + uid + " pid " + pid;
  }
}
