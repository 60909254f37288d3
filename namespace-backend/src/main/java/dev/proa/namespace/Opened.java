package dev.proa.namespace;

import dev.proa.namespace.cgroup.CgroupLayout;
import dev.proa.namespace.cgroup.OomWatch;
import dev.proa.namespace.plan.HostFacts;
import dev.proa.spawn.ExitWatches;
import dev.proa.spi.isolation.TaskListener;
import java.nio.file.Path;

/** What exists between open and close of a backend. */
record Opened(
    Path tasks,
    Path scratch,
    FilterStore filters,
    CgroupLayout layout,
    HostFacts host,
    TaskListener listener,
    ExitTeller teller,
    ExitWatches exits,
    OomWatch oom,
    HookRunner hooks) {}
