package dev.proa.spawn.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.proa.linux.abi.Arch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MachineCodeTest {
  @TempDir Path directory;

  /** A piece of code on an architecture, and what binutils for it are called. */
  record Piece(String name, Arch arch, String prefix) {
    byte[] bytes() {
      return name.equals("walker") ? MachineCode.walker(arch) : MachineCode.stub(arch);
    }

    String file() {
      return name + "-" + arch.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** The tool of that name, by its full name or, on the architecture itself, its short one. */
    String tool(String tool) {
      return Arch.HOST == arch && found(tool) ? tool : prefix + tool;
    }
  }

  static Stream<Piece> pieces() {
    return Stream.of("walker", "stub")
        .flatMap(name -> Stream.of(new Piece(name, Arch.X86_64, "x86_64-linux-gnu-"), new Piece(name, Arch.AARCH64, "aarch64-linux-gnu-")));
  }

  @ParameterizedTest
  @MethodSource("pieces")
  void theCodeIsSmall(Piece piece) {
    assertThat(piece.bytes()).hasSizeBetween(64, 640);
  }

  @ParameterizedTest
  @MethodSource("pieces")
  void theBytesThatRunAreWhatTheSourceAssemblesTo(Piece piece) throws Exception {
    assumeThat(found(piece.tool("as"))).as(piece.tool("as") + " is installed").isTrue();
    Path object = directory.resolve("code.o");
    Path binary = directory.resolve("code.bin");
    run(piece.tool("as"), "-o", object.toString(), "src/main/asm/" + piece.file() + ".s");
    run(piece.tool("objcopy"), "-O", "binary", "-j", ".text", object.toString(), binary.toString());
    assertThat(piece.bytes()).isEqualTo(Files.readAllBytes(binary));
  }

  @ParameterizedTest
  @MethodSource("pieces")
  void theDisassemblyBesideTheBytesIsThatOfTheBytes(Piece piece) throws Exception {
    assumeThat(found(piece.tool("objdump"))).as(piece.tool("objdump") + " is installed").isTrue();
    Path binary = Files.write(directory.resolve("code.bin"), piece.bytes());
    String machine = piece.arch() == Arch.X86_64 ? "i386:x86-64" : "aarch64";
    String dump = run(piece.tool("objdump"), "-D", "-b", "binary", "-m", machine, binary.toString());
    assertThat(instructions(listing(piece))).isEqualTo(instructions(dump));
  }

  /** Address, mnemonic and operands; symbols, comments and the widths of columns aside. */
  private static List<String> instructions(String listing) {
    List<String> instructions = new ArrayList<>();
    for (String line : listing.lines().toList()) {
      String[] columns = line.split("\t");
      if (columns.length >= 3 && columns[0].endsWith(":")) {
        String text = String.join(" ", List.of(columns).subList(2, columns.length));
        instructions.add(columns[0].strip() + " " + text.replaceAll("//.*|<[^>]*>", "").replaceAll("0x0*([0-9a-f])", "$1").replaceAll("\\s+", " ").strip());
      }
    }
    assertThat(instructions).isNotEmpty();
    return instructions;
  }

  private static String listing(Piece piece) throws IOException {
    try (InputStream in = MachineCode.class.getResourceAsStream(piece.file() + ".lst")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static boolean found(String tool) {
    return Stream.of(System.getenv("PATH").split(":")).anyMatch(dir -> Files.isExecutable(Path.of(dir, tool)));
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
