package dev.proa.launcher;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The values of the flags: first of the command line, then those the configuration file adds. Not thread-safe. */
final class Options {
  private final Map<Flag, List<String>> values = new EnumMap<>(Flag.class);
  private OptionalLong buildCacheBytes = OptionalLong.empty();

  /** Parses as pflag does: {@code --x v}, {@code --x=v}, {@code -xv}, {@code -x v}, {@code -x=v}; a later single value replaces an earlier one. */
  static Options parse(String[] args) throws StartFailure {
    Options options = new Options();
    int i = 0;
    while (i < args.length) {
      String arg = args[i++];
      if (arg.startsWith("--") && arg.length() > 2) {
        int equals = arg.indexOf('=');
        String name = arg.substring(2, equals < 0 ? arg.length() : equals);
        Flag flag = Flag.byLongName(name).orElseThrow(() -> StartFailure.usage("unknown flag: --" + name));
        if (equals >= 0) {
          options.add(flag, arg.substring(equals + 1));
        } else if (flag.kind() == Flag.Kind.SWITCH) {
          options.add(flag, "true");
        } else if (i < args.length) {
          options.add(flag, args[i++]);
        } else {
          throw StartFailure.usage("flag needs an argument: --" + name);
        }
      } else if (arg.startsWith("-") && arg.length() > 1 && !arg.equals("--")) {
        i = parseShort(options, arg, args, i);
      } else {
        throw StartFailure.usage("\"proad\" accepts no arguments: \"" + arg + "\"");
      }
    }
    return options;
  }

  private static int parseShort(Options options, String arg, String[] args, int next) throws StartFailure {
    for (int at = 1; at < arg.length(); at++) {
      char name = arg.charAt(at);
      Flag flag =
          Flag.byShortName(name).orElseThrow(() -> StartFailure.usage("unknown shorthand flag: '" + name + "' in " + arg));
      if (flag.kind() == Flag.Kind.SWITCH) {
        options.add(flag, "true");
        continue;
      }
      String rest = arg.substring(at + 1);
      if (!rest.isEmpty()) {
        options.add(flag, rest.startsWith("=") ? rest.substring(1) : rest);
        return next;
      }
      if (next >= args.length) {
        throw StartFailure.usage("flag needs an argument: '" + name + "' in " + arg);
      }
      options.add(flag, args[next]);
      return next + 1;
    }
    return next;
  }

  private void add(Flag flag, String value) throws StartFailure {
    switch (flag.kind()) {
      case LIST -> values.computeIfAbsent(flag, ignored -> new ArrayList<>()).add(value);
      case ONE -> values.put(flag, List.of(value));
      case SWITCH -> {
        boolean on =
            switch (value.toLowerCase(java.util.Locale.ROOT)) {
              case "1", "t", "true" -> true;
              case "0", "f", "false" -> false;
              default ->
                  throw StartFailure.usage("invalid argument \"" + value + "\" for \"--" + flag.longName() + "\" flag: invalid boolean value");
            };
        values.put(flag, List.of(Boolean.toString(on)));
      }
    }
  }

  boolean given(Flag flag) {
    return values.containsKey(flag);
  }

  boolean has(Flag flag) {
    return list(flag).contains("true");
  }

  void set(Flag flag, List<String> list) {
    values.put(flag, List.copyOf(list));
  }

  List<String> list(Flag flag) {
    return values.getOrDefault(flag, List.of());
  }

  Optional<String> one(Flag flag) {
    return list(flag).stream().findFirst();
  }

  /** How much of the build cache is kept, which stands in the configuration file only. */
  OptionalLong buildCacheBytes() {
    return buildCacheBytes;
  }

  void buildCacheBytes(OptionalLong bytes) {
    buildCacheBytes = bytes;
  }

  Optional<Path> path(Flag flag) {
    return one(flag).map(text -> Path.of(text).toAbsolutePath().normalize());
  }
}
