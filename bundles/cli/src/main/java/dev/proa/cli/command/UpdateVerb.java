package dev.proa.cli.command;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code update}. */
public final class UpdateVerb extends Verb {
  public UpdateVerb() {
    super("update [OPTIONS] CONTAINER [CONTAINER...]", "Update configuration of one or more containers", 1, -1);
  }

  @Override
  protected void flags(Flags flags) {
    flags
        .number((char) 0, "blkio-weight", "Block IO (relative weight), between 10 and 1000, or 0 to disable")
        .number((char) 0, "cpu-period", "CPU CFS period in microseconds")
        .number((char) 0, "cpu-quota", "CPU CFS quota in microseconds")
        .number((char) 0, "cpu-rt-period", "Limit the CPU real-time period in microseconds")
        .number((char) 0, "cpu-rt-runtime", "Limit the CPU real-time runtime in microseconds")
        .number('c', "cpu-shares", "CPU shares (relative weight)")
        .one("cpus", "decimal", "Number of CPUs")
        .one("cpuset-cpus", "string", "CPUs in which to allow execution (0-3, 0,1)")
        .one("cpuset-mems", "string", "MEMs in which to allow execution (0-3, 0,1)")
        .one("isolation", "string", "Isolation backend of its next start; of a container that is stopped")
        .one('m', "memory", "bytes", "Memory limit")
        .one("memory-reservation", "bytes", "Memory soft limit")
        .one("memory-swap", "bytes", "Swap limit equal to memory plus swap: -1 for unlimited swap")
        .number((char) 0, "pids-limit", "Limit of processes: -1 for none")
        .one("restart", "string", "Restart policy (no|on-failure[:N]|always|unless-stopped)");
  }

  @Override
  protected int run(Invocation call) throws IOException {
    Flags flags = call.flags();
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    RunOptions.put(body, "BlkioWeight", flags.number("blkio-weight"));
    RunOptions.put(body, "CpuPeriod", flags.number("cpu-period"));
    RunOptions.put(body, "CpuQuota", flags.number("cpu-quota"));
    RunOptions.put(body, "CpuRealtimePeriod", flags.number("cpu-rt-period"));
    RunOptions.put(body, "CpuRealtimeRuntime", flags.number("cpu-rt-runtime"));
    RunOptions.put(body, "CpuShares", flags.number("cpu-shares"));
    RunOptions.put(body, "NanoCpus", RunOptions.nanoCpus(flags));
    RunOptions.put(body, "CpusetCpus", flags.get("cpuset-cpus"));
    RunOptions.put(body, "CpusetMems", flags.get("cpuset-mems"));
    RunOptions.put(body, "Isolation", flags.get("isolation"));
    RunOptions.put(body, "Memory", RunOptions.bytes(flags, "memory"));
    RunOptions.put(body, "MemoryReservation", RunOptions.bytes(flags, "memory-reservation"));
    RunOptions.put(body, "MemorySwap", "-1".equals(flags.get("memory-swap")) ? Long.valueOf(-1) : RunOptions.bytes(flags, "memory-swap"));
    RunOptions.put(body, "PidsLimit", flags.number("pids-limit"));
    if (flags.get("restart") != null) {
      body.put("RestartPolicy", RunOptions.restart(flags));
    }
    if (body.isEmpty()) {
      call.err().println("you must provide one or more flags when using this command");
      return 1;
    }
    return call.each(
        call.arguments(),
        name -> {
          Object answer = call.engine().post("/containers/" + Engine.escape(name) + "/update", body);
          Json.list(answer, "Warnings").forEach(warning -> call.err().println("WARNING: " + warning));
          return name;
        });
  }
}
