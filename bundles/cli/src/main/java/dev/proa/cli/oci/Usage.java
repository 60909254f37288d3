package dev.proa.cli.oci;

/** Help. */
final class Usage {
  static final String TEXT =
      """
      Usage:  proa oci [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARG...]

      An OCI runtime with runc's command line. It needs no daemon.

      Commands:
        create    --bundle DIR [--console-socket PATH] [--pid-file FILE] ID
        start     ID
        run       --bundle DIR [--detach] [--keep] [--console-socket PATH] [--pid-file FILE] ID
        exec      [--detach] [--tty --console-socket PATH] [--process FILE] [--cwd DIR] [--env K=V] [--user UID[:GID]] [--pid-file FILE] ID CMD...
        kill      [--all] ID [SIGNAL]
        delete    [--force] ID
        state     ID
        list      [--format table|json] [--quiet]
        ps        [--format table|json] ID
        pause     ID
        resume    ID
        update    [--resources FILE] [--memory BYTES] [--memory-swap BYTES] [--memory-reservation BYTES] [--cpu-shares N] [--cpu-quota N]
                  [--cpu-period N] [--cpuset-cpus LIST] [--cpuset-mems LIST] [--pids-limit N] ID
        events    --stats ID
        features
        spec      [--bundle DIR]

      Global options:
        --root DIR            state of containers (default /run/proa/oci)
        --log FILE            where errors are told besides standard error
        --log-format FORMAT   text or json
        --systemd-cgroup      taken as a form of cgroupsPath; the groups are made without systemd
        --debug               accepted

      Examples:
        proa oci run --bundle /srv/box one
        podman --runtime "$(command -v proa-oci)" run --rm alpine true
      """;

  private Usage() {}
}
