package dev.proa.scan.inventory;

/**
 * Something that was not understood and left out.
 *
 * @param where the file, with the archives that it is in ({@code app.jar!/lib/x.jar})
 * @param text lower case, without a full stop
 */
public record Notice(String where, String text) {
  private static final int MAX_TEXT = 300;

  public Notice {
    where = printable(where);
    text = printable(text);
  }

  private static String printable(String text) {
    StringBuilder clean = new StringBuilder();
    text.codePoints().limit(MAX_TEXT).map(c -> Character.isISOControl(c) || c >= 0xd800 && c <= 0xdfff ? '?' : c).forEach(clean::appendCodePoint);
    return clean.toString();
  }
}
