package dev.proa.namespace.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.lifecycle.confinement.DefaultConfinement;
import dev.proa.spi.oci.Spec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeviceProgramTest {
  private static final int BLOCK = 1;
  private static final int CHARACTER = 2;
  private static final int MKNOD = 1;
  private static final int READ = 2;
  private static final int WRITE = 4;

  @Test
  void defaultRulesAllowDockersDevicesOnly() {
    byte[] program = DeviceProgram.of(DefaultConfinement.deviceRules(false));
    assertThat(run(program, CHARACTER, READ | WRITE, 1, 3)).as("null").isTrue();
    assertThat(run(program, CHARACTER, READ, 136, 77)).as("a pseudo terminal").isTrue();
    assertThat(run(program, CHARACTER, READ, 1, 11)).as("kmsg").isFalse();
    assertThat(run(program, CHARACTER, MKNOD, 1, 11)).as("a node is no harm").isTrue();
    assertThat(run(program, BLOCK, READ, 8, 0)).as("a disk").isFalse();
    assertThat(run(program, BLOCK, MKNOD, 8, 0)).isTrue();
    assertThat(run(program, CHARACTER, READ | WRITE, 10, 229)).as("fuse").isFalse();
  }

  @Test
  void privilegedContainersNeedNoProgram() {
    assertThat(DeviceProgram.allowsAll(DefaultConfinement.deviceRules(true))).isTrue();
    assertThat(DeviceProgram.allowsAll(List.of())).isTrue();
    assertThat(DeviceProgram.allowsAll(DefaultConfinement.deviceRules(false))).isFalse();
  }

  @Test
  void accessFromSeveralRulesAddsUp() {
    byte[] program =
        DeviceProgram.of(
            List.of(
                new Spec.DeviceRule(false, "a", null, null, "rwm"),
                new Spec.DeviceRule(true, "c", 1L, 3L, "r"),
                new Spec.DeviceRule(true, "c", 1L, null, "w")));
    assertThat(run(program, CHARACTER, READ | WRITE, 1, 3)).isTrue();
    assertThat(run(program, CHARACTER, READ, 1, 4)).isFalse();
  }

  @Test
  void randomRulesAgreeWithTheirMeaning() {
    Random random = new Random(7);
    String[] types = {"a", "b", "c"};
    String[] accesses = {"r", "w", "m", "rw", "rm", "wm", "rwm"};
    for (int round = 0; round < 2000; round++) {
      List<Spec.DeviceRule> rules = new ArrayList<>();
      for (int i = random.nextInt(12); i >= 0; i--) {
        rules.add(
            new Spec.DeviceRule(
                random.nextBoolean(),
                types[random.nextInt(3)],
                random.nextInt(3) == 0 ? null : (long) random.nextInt(3),
                random.nextInt(3) == 0 ? null : (long) random.nextInt(3),
                accesses[random.nextInt(accesses.length)]));
      }
      byte[] program = DeviceProgram.of(rules);
      for (int probe = 0; probe < 30; probe++) {
        int type = 1 + random.nextInt(2);
        int access = 1 + random.nextInt(7);
        int major = random.nextInt(4);
        int minor = random.nextInt(4);
        assertThat(run(program, type, access, major, minor)).as("%d %d %d:%d of %s", type, access, major, minor, rules).isEqualTo(model(rules, type, access, major, minor));
      }
    }
  }

  /** Each kind of access by itself: the last rule that speaks of it decides, and nothing is denied. */
  private static boolean model(List<Spec.DeviceRule> rules, int type, int access, int major, int minor) {
    for (int bit : new int[] {MKNOD, READ, WRITE}) {
      if ((access & bit) == 0) {
        continue;
      }
      boolean allowed = false;
      for (Spec.DeviceRule rule : rules) {
        boolean all = rule.type().equals("a");
        boolean matches =
            (all || rule.type().equals(type == BLOCK ? "b" : "c"))
                && (all || rule.major() == null || rule.major() == major)
                && (all || rule.minor() == null || rule.minor() == minor);
        String letter = bit == MKNOD ? "m" : bit == READ ? "r" : "w";
        if (matches && rule.access().contains(letter)) {
          allowed = rule.allow();
        }
      }
      if (!allowed) {
        return false;
      }
    }
    return true;
  }

  /** Runs eBPF as far as such programs go (Documentation/bpf/standardization/instruction-set.rst). */
  private static boolean run(byte[] program, int type, int access, int major, int minor) {
    ByteBuffer context = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    context.putInt(access << 16 | type).putInt(major).putInt(minor);
    ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    long[] registers = new long[11];
    for (int at = 0; ; at++) {
      int operation = code.get(8 * at) & 0xff;
      int destination = code.get(8 * at + 1) & 0xf;
      int source = code.get(8 * at + 1) >>> 4 & 0xf;
      int offset = code.getShort(8 * at + 2);
      int immediate = code.getInt(8 * at + 4);
      switch (operation) {
        case 0x61 -> registers[destination] = context.getInt(offset) & 0xffffffffL;
        case 0xbf -> registers[destination] = registers[source];
        case 0xb7 -> registers[destination] = immediate;
        case 0x77 -> registers[destination] >>>= immediate;
        case 0x57 -> registers[destination] &= immediate;
        case 0x56 -> at += (int) registers[destination] != immediate ? offset : 0;
        case 0x46 -> at += ((int) registers[destination] & immediate) != 0 ? offset : 0;
        case 0x05 -> at += offset;
        case 0x95 -> {
          return registers[0] != 0;
        }
        default -> throw new IllegalStateException("operation " + Integer.toHexString(operation));
      }
    }
  }
}
