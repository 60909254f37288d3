package dev.proa.spawn.internal;

import dev.proa.linux.abi.Arch;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The two pieces of machine code, each beside its disassembly: the listing in the resources is the only copy of the bytes, so what a reader
 * sees is what runs. A test assembles the sources in src/main/asm again where {@code as} is there.
 */
public final class MachineCode {
  // "  5:	0f b6 6b 05          	movzbl …" on x86-64, "  8:	39401674 	ldrb …" (a little-endian word) on aarch64.
  private static final Pattern LINE = Pattern.compile("^\\s*([0-9a-f]+):\\t((?:[0-9a-f]{2} )+|[0-9a-f]{8})\\s*\\t.*");

  private static final Map<Arch, byte[]> WALKERS = new ConcurrentHashMap<>();

  private MachineCode() {}

  /** Walks the steps of an image. */
  public static byte[] walker(Arch arch) {
    return WALKERS.computeIfAbsent(arch, a -> load("walker", a)).clone();
  }

  /** The same for another descriptor than 3 that takes the status; its number is the last word. */
  public static byte[] walker(Arch arch, int status) {
    byte[] code = walker(arch);
    ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).putInt(code.length - Integer.BYTES, status);
    return code;
  }

  /** clone3, dup3 into the slots, execveat. */
  public static byte[] stub(Arch arch) {
    return load("stub", arch);
  }

  private static byte[] load(String name, Arch arch) {
    String resource = name + "-" + arch.name().toLowerCase(java.util.Locale.ROOT) + ".lst";
    try (InputStream in = MachineCode.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new UnsupportedOperationException("no machine code for " + arch + ": " + resource);
      }
      return parse(new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)), resource);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] parse(BufferedReader lines, String resource) throws IOException {
    ByteArrayOutputStream code = new ByteArrayOutputStream(512);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        continue;
      }
      if (Integer.parseInt(matcher.group(1), 16) != code.size()) {
        throw new IllegalStateException(resource + ": gap before " + line);
      }
      String column = matcher.group(2);
      byte[] bytes = HexFormat.of().parseHex(column.replace(" ", ""));
      if (!column.contains(" ")) {
        for (int i = bytes.length - 1; i >= 0; i--) {
          code.write(bytes[i]);
        }
      } else {
        code.writeBytes(bytes);
      }
    }
    return code.toByteArray();
  }
}
