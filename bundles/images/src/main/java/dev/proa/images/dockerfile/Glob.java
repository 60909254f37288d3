package dev.proa.images.dockerfile;

import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A pattern of a stranger's, matched in time that grows with its length times the text's and no faster: all ways to match are followed at once, none is
 * gone back on.
 */
public final class Glob {
  /** What the wildcards of a pattern mean. */
  public enum Syntax {
    /** Go's {@code filepath.Match}: no wildcard stands for a slash, but {@code **} for anything and {@code **}{@code /} for any number of folders. */
    PATH,
    /** A shell's: {@code *} and {@code ?} stand for anything. */
    SHELL
  }

  private enum Repeat {
    ONCE,
    /** Any number of characters that fit, also none. */
    RUN,
    /** Nothing, or anything that ends in a slash. */
    FOLDERS
  }

  private record Piece(Repeat repeat, IntPredicate fits) {}

  private static final IntPredicate ANY = c -> true;
  private static final IntPredicate NO_SLASH = c -> c != '/';

  private final List<Piece> pieces;

  private Glob(List<Piece> pieces) {
    this.pieces = List.copyOf(pieces);
  }

  /** @throws ProaException {@code INVALID_ARGUMENT} for a pattern that is none */
  public static Glob of(String pattern, Syntax syntax) {
    boolean path = syntax == Syntax.PATH;
    List<Piece> pieces = new ArrayList<>();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '*' && path && pattern.startsWith("**", i)) {
        boolean folders = pattern.startsWith("**/", i);
        pieces.add(new Piece(folders ? Repeat.FOLDERS : Repeat.RUN, ANY));
        i += folders ? 2 : 1;
      } else if (c == '*') {
        pieces.add(new Piece(Repeat.RUN, path ? NO_SLASH : ANY));
      } else if (c == '?') {
        pieces.add(new Piece(Repeat.ONCE, path ? NO_SLASH : ANY));
      } else if (c == '\\' && (path || i + 1 < pattern.length())) {
        if (i + 1 == pattern.length()) {
          throw syntax(pattern);
        }
        pieces.add(literal(pattern.charAt(++i)));
      } else if (c == '[' && path) {
        int end = pattern.indexOf(']', i + 2);
        if (end < 0) {
          throw syntax(pattern);
        }
        pieces.add(new Piece(Repeat.ONCE, characters(pattern, pattern.substring(i + 1, end))));
        i = end;
      } else {
        pieces.add(literal(c));
      }
    }
    return new Glob(pieces);
  }

  private static Piece literal(char wanted) {
    return new Piece(Repeat.ONCE, c -> c == wanted);
  }

  /** What stands between brackets: characters and ranges; all others after a {@code ^}. */
  private static IntPredicate characters(String pattern, String inside) {
    boolean not = inside.startsWith("^");
    BitSet set = new BitSet();
    for (int i = not ? 1 : 0; i < inside.length(); i++) {
      char first = inside.charAt(i);
      char last = first;
      if (i + 2 < inside.length() && inside.charAt(i + 1) == '-') {
        last = inside.charAt(i + 2);
        i += 2;
      }
      if (last < first) {
        throw syntax(pattern);
      }
      set.set(first, last + 1);
    }
    return not ? c -> c != '/' && !set.get(c) : set::get;
  }

  private static ProaException syntax(String pattern) {
    return ProaException.invalid("syntax error in pattern: " + pattern);
  }

  /** Whether all of a text matches. */
  public boolean matches(String text) {
    return matches(text, text.length());
  }

  /** Whether the text before {@code end} matches, all of it. */
  public boolean matches(String text, int end) {
    return end(text, 0, end, true) == end;
  }

  /**
   * Where a match that begins at {@code start} ends.
   *
   * @param longest whether the longest is wanted, or the shortest
   * @return −1 for none
   */
  public int end(String text, int start, boolean longest) {
    return end(text, start, text.length(), longest);
  }

  private int end(String text, int start, int limit, boolean longest) {
    int count = pieces.size();
    // Bit i: piece i comes next; bit count + 1 + i: inside of the folders of piece i.
    BitSet now = new BitSet();
    reach(now, 0);
    int found = now.get(count) ? start : -1;
    for (int at = start; at < limit && !now.isEmpty() && (longest || found < 0); at++) {
      BitSet next = new BitSet();
      char c = text.charAt(at);
      for (int state = now.nextSetBit(0); state >= 0; state = now.nextSetBit(state + 1)) {
        step(state, c, next);
      }
      now = next;
      if (now.get(count)) {
        found = at + 1;
      }
    }
    return found;
  }

  private void step(int state, char c, BitSet next) {
    int count = pieces.size();
    if (state == count) {
      return;
    }
    int piece = state > count ? state - count - 1 : state;
    switch (pieces.get(piece).repeat()) {
      case ONCE -> {
        if (pieces.get(piece).fits().test(c)) {
          reach(next, piece + 1);
        }
      }
      case RUN -> {
        if (pieces.get(piece).fits().test(c)) {
          reach(next, piece);
        }
      }
      case FOLDERS -> {
        next.set(count + 1 + piece);
        if (c == '/') {
          reach(next, piece + 1);
        }
      }
    }
  }

  /** A state and those that are reached from it by nothing. */
  private void reach(BitSet states, int piece) {
    for (int i = piece; ; i++) {
      states.set(i);
      if (i == pieces.size() || pieces.get(i).repeat() == Repeat.ONCE) {
        return;
      }
    }
  }
}
