package dev.proa.linux.abi;

/** Constants of linux/poll.h, linux/eventpoll.h, linux/eventfd.h. */
public final class Poll {

  private Poll() {}

  public static final int POLLIN = 1;
  public static final int POLLPRI = 2;
  public static final int POLLOUT = 4;
  public static final int POLLERR = 8;
  public static final int POLLHUP = 0x10;
  public static final int POLLNVAL = 0x20;
  public static final int POLLRDHUP = 0x2000;
  public static final int EPOLL_CLOEXEC = 0x80000;
  public static final int EPOLL_CTL_ADD = 1;
  public static final int EPOLL_CTL_DEL = 2;
  public static final int EPOLL_CTL_MOD = 3;
  public static final int EPOLLIN = 1;
  public static final int EPOLLPRI = 2;
  public static final int EPOLLOUT = 4;
  public static final int EPOLLERR = 8;
  public static final int EPOLLHUP = 0x10;
  public static final int EPOLLRDHUP = 0x2000;
  public static final int EPOLLEXCLUSIVE = 0x10000000;
  public static final int EPOLLONESHOT = 0x40000000;
  public static final int EPOLLET = 0x80000000;
  public static final int EFD_CLOEXEC = 0x80000;
  public static final int EFD_NONBLOCK = 0x800;
  public static final int EFD_SEMAPHORE = 1;
  public static final int IN_CLOEXEC = 0x80000;
  public static final int IN_NONBLOCK = 0x800;
  public static final int IN_MODIFY = 2;
}
