package dev.proa.linux.abi;

import dev.proa.linux.Errno;
import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What {@code cc} and the installed headers say about every constant, structure, errno and system call of this package. {@code main} writes the
 * committed table {@code abi-x86_64.txt}; {@link AbiTest} compares.
 */
final class AbiTable {
  private static final Pattern UNKNOWN = Pattern.compile("error: [‘'](\\w+)[’'] undeclared|has no member named [‘'](\\w+)[’']|incomplete type [‘']struct (\\w+)[’']|unknown type name [‘'](\\w+)[’']");

  /** The classes with constants, and the headers that a C program needs for them. The kernel's and libc's do not always go together. */
  static final Map<Class<?>, List<String>> CONSTANTS = new LinkedHashMap<>();

  static {
    CONSTANTS.put(Capability.class, List.of("linux/capability.h"));
    CONSTANTS.put(Fcntl.class, List.of("fcntl.h", "linux/openat2.h", "linux/falloc.h"));
    CONSTANTS.put(Magic.class, List.of("linux/magic.h"));
    CONSTANTS.put(Memory.class, List.of("sys/mman.h", "linux/memfd.h", "linux/close_range.h"));
    CONSTANTS.put(Mount.class, List.of("fcntl.h", "sys/mount.h"));
    CONSTANTS.put(Netlink.class, List.of("sys/socket.h", "linux/netlink.h", "linux/netfilter/nfnetlink.h"));
    CONSTANTS.put(
        NfTables.class,
        List.of(
            "netinet/in.h",
            "linux/netfilter.h",
            "linux/netfilter/nf_tables.h",
            "linux/netfilter/nf_nat.h",
            "linux/netfilter/nf_conntrack_common.h",
            "linux/netfilter_ipv4.h"));
    CONSTANTS.put(Pidfd.class, List.of("linux/pidfd.h", "linux/nsfs.h"));
    CONSTANTS.put(Poll.class, List.of("poll.h", "sys/epoll.h", "sys/eventfd.h", "sys/inotify.h"));
    CONSTANTS.put(Prctl.class, List.of("linux/prctl.h", "linux/securebits.h"));
    CONSTANTS.put(Resource.class, List.of("sys/resource.h"));
    CONSTANTS.put(
        RtNetlink.class,
        List.of("net/if.h", "linux/rtnetlink.h", "linux/if_link.h", "linux/if_addr.h", "linux/neighbour.h", "linux/veth.h"));
    CONSTANTS.put(Sched.class, List.of("linux/sched.h"));
    CONSTANTS.put(Seccomp.class, List.of("linux/seccomp.h", "linux/audit.h", "linux/filter.h", "linux/bpf_common.h"));
    CONSTANTS.put(Signal.class, List.of("signal.h"));
    CONSTANTS.put(Socket.class, List.of("sys/socket.h", "sys/un.h", "linux/if_packet.h", "linux/if_ether.h"));
    CONSTANTS.put(Stat.class, List.of("sys/stat.h", "linux/stat.h"));
    CONSTANTS.put(Tty.class, List.of("sys/ioctl.h", "asm/termbits.h"));
    CONSTANTS.put(Wait.class, List.of("sys/wait.h", "linux/wait.h", "signal.h"));
    CONSTANTS.put(Xattr.class, List.of("sys/xattr.h", "linux/limits.h"));
  }

  /** The C types that are no {@code struct NAME}. */
  private static final Set<String> TYPEDEFS = Set.of("siginfo_t");

  private static final List<String> STRUCT_HEADERS =
      List.of(
          "time.h", "signal.h", "dirent.h", "poll.h", "sys/epoll.h", "sys/uio.h", "sys/socket.h", "sys/un.h", "sys/vfs.h", "sys/ioctl.h", "sys/resource.h",
          "linux/openat2.h", "linux/stat.h", "linux/mount.h", "linux/sched.h", "linux/seccomp.h", "linux/filter.h", "linux/capability.h", "linux/pidfd.h");

  private AbiTable() {}

  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory("proa-abi-");
    Path table = Path.of("src/test/resources/dev/proa/linux/abi/abi-x86_64.txt");
    Files.createDirectories(table.getParent());
    Files.writeString(table, asked(directory).entrySet().stream().map(e -> e.getKey() + " " + e.getValue() + "\n").collect(Collectors.joining()));
  }

  /** What this package says, by the same keys as {@link #asked}. */
  static Map<String, Long> ours() throws IllegalAccessException {
    Map<String, Long> ours = new TreeMap<>();
    for (Class<?> type : CONSTANTS.keySet()) {
      for (Field field : type.getFields()) {
        if (Modifier.isStatic(field.getModifiers()) && field.getType().isPrimitive()) {
          long value = ((Number) field.get(null)).longValue();
          ours.put(type.getSimpleName() + "." + field.getName(), field.getType() == int.class ? value & 0xffffffffL : value);
        }
      }
    }
    for (Errno errno : Errno.values()) {
      if (errno != Errno.UNKNOWN) {
        ours.put("Errno." + errno, (long) errno.number());
      }
    }
    for (Syscall call : Syscall.values()) {
      ours.put("Syscall.x86_64." + call, (long) call.number(Arch.X86_64));
      ours.put("Syscall.i386." + call, (long) call.number(Arch.I386));
      ours.put("Syscall.aarch64." + call, (long) call.number(Arch.AARCH64));
    }
    for (GroupLayout struct : structs()) {
      String name = struct.name().orElseThrow();
      for (MemoryLayout member : struct.memberLayouts()) {
        member.name().ifPresent(field -> ours.put("struct." + name + "." + field, Layouts.offset(struct, field)));
      }
      if (!name.equals("linux_dirent64")) { // ends with its name
        ours.put("struct." + name, struct.byteSize());
      }
    }
    return ours;
  }

  /** What the compiler says; what its headers do not know yet is missing. Asks {@code cc}, which must be there. */
  static Map<String, Long> asked(Path directory) throws Exception {
    Map<String, Long> asked = new TreeMap<>();
    for (Map.Entry<Class<?>, List<String>> entry : CONSTANTS.entrySet()) {
      String prefix = entry.getKey().getSimpleName() + ".";
      Map<String, String> expressions = new TreeMap<>();
      for (String key : ours().keySet()) {
        if (key.startsWith(prefix)) {
          expressions.put(key, key.substring(prefix.length()));
        }
      }
      boolean[] isInt = {false};
      for (Map.Entry<String, Long> found : compile(directory, entry.getValue(), expressions).entrySet()) {
        isInt[0] = entry.getKey().getField(found.getKey().substring(prefix.length())).getType() == int.class;
        asked.put(found.getKey(), isInt[0] ? found.getValue() & 0xffffffffL : found.getValue());
      }
    }
    Map<String, String> errnos = new TreeMap<>();
    for (Errno errno : Errno.values()) {
      if (errno != Errno.UNKNOWN) {
        errnos.put("Errno." + errno, errno.name());
      }
    }
    asked.putAll(compile(directory, List.of("errno.h"), errnos));
    asked.putAll(syscalls(directory, "x86_64", "asm/unistd_64.h", ""));
    asked.putAll(syscalls(directory, "i386", "asm/unistd_32.h", ""));
    // arch/arm64/include/uapi/asm/unistd.h
    asked.putAll(
        syscalls(
            directory,
            "aarch64",
            "asm-generic/unistd.h",
            "#define __ARCH_WANT_RENAMEAT\n#define __ARCH_WANT_NEW_STAT\n#define __ARCH_WANT_SET_GET_RLIMIT\n#define __ARCH_WANT_TIME32_SYSCALLS\n"
                + "#define __ARCH_WANT_SYS_CLONE3\n#define __ARCH_WANT_MEMFD_SECRET\n"));
    Map<String, String> structs = new TreeMap<>();
    for (GroupLayout struct : structs()) {
      String name = struct.name().orElseThrow();
      String type = TYPEDEFS.contains(name) ? name : name.equals("linux_dirent64") ? "struct dirent64" : "struct " + name;
      for (MemoryLayout member : struct.memberLayouts()) {
        member.name().ifPresent(field -> structs.put("struct." + name + "." + field, "__builtin_offsetof(" + type + ", " + field + ")"));
      }
      if (!name.equals("linux_dirent64")) {
        structs.put("struct." + name, "sizeof(" + type + ")");
      }
    }
    asked.putAll(compile(directory, STRUCT_HEADERS, structs));
    return asked;
  }

  private static List<GroupLayout> structs() {
    return java.util.stream.Stream.of(Layouts.class.getFields())
        .map(
            field -> {
              try {
                return (GroupLayout) field.get(null);
              } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
              }
            })
        .toList();
  }

  /** One number for each expression; those with names that the headers lack are dropped. */
  private static Map<String, Long> compile(Path directory, List<String> headers, Map<String, String> expressions) throws IOException, InterruptedException {
    Map<String, String> rest = new TreeMap<>(expressions);
    while (true) {
      StringBuilder program = new StringBuilder("#define _GNU_SOURCE\n#include <stdio.h>\n");
      headers.stream().filter(AbiTable::installed).forEach(header -> program.append("#include <").append(header).append(">\n"));
      program.append("int main(void) {\n");
      rest.forEach((key, expression) -> program.append("printf(\"").append(key).append(" %lld\\n\", (long long)(").append(expression).append("));\n"));
      program.append("return 0; }\n");
      Path source = Files.writeString(directory.resolve("abi.c"), program);
      Path binary = directory.resolve("abi");
      String errors = run("cc", "-w", "-o", binary.toString(), source.toString());
      if (errors.isEmpty()) {
        return parse(run(binary.toString()));
      }
      Set<String> unknown = new TreeSet<>();
      for (Matcher matcher = UNKNOWN.matcher(errors); matcher.find(); ) {
        for (int i = 1; i <= matcher.groupCount(); i++) {
          if (matcher.group(i) != null) {
            unknown.add(matcher.group(i));
          }
        }
      }
      if (!rest.values().removeIf(expression -> unknown.stream().anyMatch(name -> expression.matches(".*\\b" + name + "\\b.*")))) {
        throw new IOException("cc: " + errors);
      }
    }
  }

  private static boolean installed(String header) {
    return List.of("/usr/include", "/usr/include/x86_64-linux-gnu", "/usr/include/aarch64-linux-gnu").stream()
        .anyMatch(directory -> Files.exists(Path.of(directory, header)));
  }

  private static Map<String, Long> syscalls(Path directory, String arch, String header, String defines) throws IOException, InterruptedException {
    StringBuilder program = new StringBuilder(defines + "#include <" + header + ">\n");
    for (Syscall call : Syscall.values()) {
      String name = "__NR_" + call;
      program.append("#ifdef ").append(name).append("\nproa ").append(call).append(" ").append(name).append("\n#endif\n");
    }
    Path source = Files.writeString(directory.resolve("syscalls.c"), program);
    Map<String, Long> numbers = new TreeMap<>();
    for (String line : run("cc", "-E", "-P", "-D__BITS_PER_LONG=64", source.toString()).lines().toList()) {
      String[] words = line.split(" ");
      if (words.length == 3 && words[0].equals("proa") && words[2].matches("\\d+")) {
        numbers.put("Syscall." + arch + "." + words[1], Long.parseLong(words[2]));
      }
    }
    return numbers;
  }

  static Map<String, Long> parse(String table) {
    return table.lines().map(line -> line.split(" ")).collect(Collectors.toMap(words -> words[0], words -> Long.parseLong(words[1]), (a, b) -> a, TreeMap::new));
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }
}
