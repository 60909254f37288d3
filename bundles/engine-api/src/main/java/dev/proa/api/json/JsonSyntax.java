package dev.proa.api.json;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Says what is wrong with a text that is no JSON (RFC 8259) in the words of Go's encoding/json, which clients of the Docker Engine know.
 * For texts that a parser has refused; it finds the first offence and nothing else.
 */
final class JsonSyntax {
  private static final String VALUE = "looking for beginning of value";
  private static final int MAX_DEPTH = 1_000;

  private final String text;
  private int at;
  private int depth;

  private JsonSyntax(String text) {
    this.text = text;
  }

  /** The offence; null if the text is one JSON value. */
  static @Nullable String offence(byte[] utf8) {
    try {
      JsonSyntax syntax = new JsonSyntax(new String(utf8, StandardCharsets.UTF_8));
      syntax.value();
      syntax.space();
      return syntax.at < syntax.text.length() ? syntax.unexpected("after top-level value").getMessage() : null;
    } catch (Offence e) {
      return e.getMessage();
    }
  }

  private static final class Offence extends Exception {
    private static final long serialVersionUID = 1L;

    Offence(String message) {
      super(message, null, false, false);
    }
  }

  private Offence unexpected(String context) {
    if (at >= text.length()) {
      return new Offence("unexpected EOF");
    }
    int c = text.codePointAt(at);
    String shown =
        switch (c) {
          case '\'' -> "'\\''";
          case '"' -> "'\"'";
          case '\n' -> "'\\n'";
          case '\r' -> "'\\r'";
          case '\t' -> "'\\t'";
          default -> c < 0x20 ? String.format("'\\x%02x'", c) : "'" + Character.toString(c) + "'";
        };
    return new Offence("invalid character " + shown + " " + context);
  }

  private boolean next(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private boolean digit() {
    return at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9';
  }

  private void space() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private void value() throws Offence {
    space();
    if (at >= text.length()) {
      throw unexpected(VALUE);
    }
    switch (text.charAt(at)) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> literal("true");
      case 'f' -> literal("false");
      case 'n' -> literal("null");
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
      default -> throw unexpected(VALUE);
    }
  }

  private void enter() throws Offence {
    at++;
    if (++depth > MAX_DEPTH) {
      throw new Offence("exceeded max depth");
    }
    space();
  }

  private void object() throws Offence {
    enter();
    for (boolean more = !next('}'); more; ) {
      space();
      if (at >= text.length() || text.charAt(at) != '"') {
        throw unexpected("looking for beginning of object key string");
      }
      string();
      space();
      if (!next(':')) {
        throw unexpected("after object key");
      }
      value();
      space();
      more = next(',');
      if (!more && !next('}')) {
        throw unexpected("after object key:value pair");
      }
    }
    depth--;
  }

  private void array() throws Offence {
    enter();
    for (boolean more = !next(']'); more; ) {
      value();
      space();
      more = next(',');
      if (!more && !next(']')) {
        throw unexpected("after array element");
      }
    }
    depth--;
  }

  private void string() throws Offence {
    at++;
    while (!next('"')) {
      if (at >= text.length() || text.charAt(at) < 0x20) {
        throw unexpected("in string literal");
      }
      if (next('\\')) {
        escape();
      } else {
        at++;
      }
    }
  }

  private void escape() throws Offence {
    if (next('u')) {
      for (int i = 0; i < 4; i++, at++) {
        if (at >= text.length() || Character.digit(text.charAt(at), 16) < 0) {
          throw unexpected("in \\u hexadecimal character escape");
        }
      }
    } else if (at < text.length() && "bfnrt\\/\"".indexOf(text.charAt(at)) >= 0) {
      at++;
    } else {
      throw unexpected("in string escape code");
    }
  }

  private void literal(String word) throws Offence {
    for (int i = 0; i < word.length(); i++) {
      if (!next(word.charAt(i))) {
        throw unexpected("in literal " + word + " (expecting '" + word.charAt(i) + "')");
      }
    }
  }

  private void number() throws Offence {
    next('-');
    if (!next('0')) {
      digits("in numeric literal");
    }
    if (next('.')) {
      digits("after decimal point in numeric literal");
    }
    if (next('e') || next('E')) {
      if (!next('+')) {
        next('-');
      }
      digits("in exponent of numeric literal");
    }
  }

  private void digits(String context) throws Offence {
    if (!digit()) {
      throw unexpected(context);
    }
    while (digit()) {
      at++;
    }
  }
}
