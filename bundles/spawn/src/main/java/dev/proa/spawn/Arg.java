package dev.proa.spawn;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** An argument of a step: what will stand in the register when the call is made. */
public sealed interface Arg {

  /** A number, shown as {@code shown} when a plan is printed. */
  record Number(long value, String shown) implements Arg {
    @Override
    public String toString() {
      return shown;
    }
  }

  /** A pointer to a NUL-terminated string (see {@link dev.proa.linux.FileName} for bytes that are not UTF-8). */
  record Text(String value) implements Arg {
    public Text {
      if (value.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("string with a NUL: " + Printed.quoted(value));
      }
    }

    @Override
    public String toString() {
      return Printed.quoted(value);
    }
  }

  /** A pointer to an array of pointers to strings that ends with NULL: argv, envp. */
  record Texts(List<String> values) implements Arg {
    public Texts {
      values = List.copyOf(values);
      values.forEach(Text::new);
    }

    @Override
    public String toString() {
      return values.stream().map(Printed::quoted).collect(Collectors.joining(", ", "[", "]"));
    }
  }

  /** The number of the descriptor that was declared under this name, in its fixed slot. */
  record Descriptor(String name, int slot) implements Arg {
    @Override
    public String toString() {
      return "<" + name + ">";
    }
  }

  /** The number after the last declared descriptor's slot, known when the plan is compiled. */
  record AfterSlots() implements Arg {
    @Override
    public String toString() {
      return "<after slots>";
    }
  }

  /** What an earlier step's call returned. */
  record Result(int step) implements Arg {
    @Override
    public String toString() {
      return "#" + step;
    }
  }

  /** A pointer to {@code offset} in a buffer. */
  record Address(Buffer buffer, int offset) implements Arg {
    @Override
    public String toString() {
      return offset == 0 ? buffer.toString() : "&" + buffer.name() + "+" + offset;
    }
  }

  /** The 64 bits that lie at {@code offset} of a buffer when the step is made. */
  record Loaded(Buffer buffer, int offset) implements Arg {
    @Override
    public String toString() {
      return buffer.name() + "[" + offset + "]";
    }
  }

  /**
   * Writable memory of the image: structures that the kernel reads or fills. As an argument it is a pointer to its first byte. Its address is a
   * multiple of 8. Two steps that name the same buffer see the same bytes; identity counts, not contents.
   */
  final class Buffer implements Arg {
    private final String name;
    private final byte[] initial;
    private final SequencedMap<Integer, Arg> words = new TreeMap<>();

    Buffer(String name, byte[] initial) {
      this.name = name;
      this.initial = initial.clone();
    }

    public String name() {
      return name;
    }

    public int size() {
      return initial.length;
    }

    /** The bytes it starts with, places of {@link #words()} not yet filled in. */
    public byte[] initial() {
      return initial.clone();
    }

    /** The 64-bit words that the compiler fills in, by offset. */
    public Map<Integer, Arg> words() {
      return Map.copyOf(words);
    }

    /** Has the 64-bit word at {@code offset} hold what {@code arg} would be in a register: an address, a slot, a number. No results. */
    public Buffer word(int offset, Arg arg) {
      if (offset < 0 || offset % 8 != 0 || offset + 8 > initial.length) {
        throw new IllegalArgumentException("no aligned word at " + offset + " of " + initial.length + " bytes");
      }
      if (arg instanceof Result || arg instanceof Loaded) {
        throw new IllegalArgumentException("the result of a step is written into a buffer by a store step");
      }
      words.put(offset, arg);
      return this;
    }

    /** A pointer into it. */
    public Address at(int offset) {
      if (offset < 0 || offset >= initial.length) {
        throw new IllegalArgumentException("offset " + offset + " of " + initial.length + " bytes");
      }
      return new Address(this, offset);
    }

    /** The 64 bits at {@code offset}, read when the step runs. The buffer may not end before them. */
    public Loaded load(int offset) {
      if (offset < 0 || offset + 8 > initial.length) {
        throw new IllegalArgumentException("no word at " + offset + " of " + initial.length + " bytes");
      }
      return new Loaded(this, offset);
    }

    @Override
    public String toString() {
      List<String> parts = new ArrayList<>();
      boolean zero = true;
      for (byte b : initial) {
        zero &= b == 0;
      }
      if (!zero) {
        parts.add(initial.length <= 48 ? HexFormat.of().formatHex(initial) : HexFormat.of().formatHex(initial, 0, 48) + "…");
      }
      words.forEach((offset, arg) -> parts.add(offset + ": " + (arg instanceof Buffer b ? "&" + b.name() : arg)));
      return "&" + name + "{" + initial.length + (parts.isEmpty() ? "" : "; " + String.join(", ", parts)) + "}";
    }
  }

  static Arg number(long value) {
    return new Number(value, value > 0xffff ? "0x" + Long.toHexString(value) : Long.toString(value));
  }

  /** A number with the name by which plans print it: {@code flags("MS_REC|MS_PRIVATE", MS_REC | MS_PRIVATE)}. */
  static Arg flags(String shown, long value) {
    return new Number(value, shown);
  }

  /** A file mode, printed in octal. */
  static Arg mode(int mode) {
    return new Number(mode, "0" + Integer.toOctalString(mode));
  }

  /** A null pointer. */
  static Arg none() {
    return new Number(0, "NULL");
  }

  static Arg string(String value) {
    return new Text(value);
  }

  static Arg strings(List<String> values) {
    return new Texts(values);
  }
}
