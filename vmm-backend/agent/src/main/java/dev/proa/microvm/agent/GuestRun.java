package dev.proa.microvm.agent;

import dev.proa.spawn.SpawnPlan;
import java.util.Map;

/**
 * A process for the guest.
 *
 * @param name unique in the guest; empty is the container's first process's
 * @param main whether the guest's life is its: the guest powers off when it has ended and its connection is closed, or when that breaks
 * @param plan what it does, as on the host
 * @param group folder of the guest's control group that it is put into, empty for none
 * @param slots what the plan's descriptors get that neither the agent nor the streams provide, by name
 */
public record GuestRun(String name, boolean main, boolean terminal, boolean stdin, SpawnPlan plan, String group, Map<String, Slot> slots) {
  /** How many bytes a name may have. */
  static final int MAX_NAME = 200;

  public GuestRun {
    slots = Map.copyOf(slots);
    if (name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MAX_NAME) {
      throw new IllegalArgumentException("a name of " + name.length() + " characters");
    }
  }

  /** What a descriptor of the plan is in the guest. */
  public sealed interface Slot {
    /** A file that the agent opens to read. */
    record File(String path) implements Slot {}

    /** A pidfd of another process of the agent's. */
    record Process(String name) implements Slot {}
  }

  /** What the agent is asked for, without the plan's image. */
  public byte[] encode() {
    int flags = (main ? Frame.RUN_MAIN : 0) | (terminal ? Frame.RUN_TTY : 0) | (stdin ? Frame.RUN_STDIN : 0);
    Payload payload = new Payload().u32(flags).u64(plan.cloneFlags()).text(name).text(group).u16(plan.descriptors().size());
    for (String descriptor : plan.descriptors()) {
      slot(payload, descriptor);
    }
    return payload.bytes();
  }

  private void slot(Payload payload, String descriptor) {
    switch (descriptor) {
      case SpawnPlan.STATUS -> payload.u8(0).text("");
      case SpawnPlan.GATE -> payload.u8(1).text("");
      case SpawnPlan.STDIN -> payload.u8(2).text("");
      case SpawnPlan.STDOUT -> payload.u8(3).text("");
      case SpawnPlan.STDERR -> payload.u8(4).text("");
      case SpawnPlan.PTY -> payload.u8(5).text("");
      default -> {
        switch (slots.get(descriptor)) {
          case Slot.File(String path) -> payload.u8(6).text(path);
          case Slot.Process(String other) -> payload.u8(7).text(other);
          case null -> throw new IllegalArgumentException("the plan wants a descriptor \"" + descriptor + "\", which a guest has not");
        }
      }
    }
  }
}
