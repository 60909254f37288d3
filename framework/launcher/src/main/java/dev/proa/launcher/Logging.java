package dev.proa.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon's log: one line an event on standard error, as dockerd writes it ({@code time="…" level=info msg="…"}). Set up in code,
 * because reading logback's XML would cost a tenth of the start.
 */
public final class Logging extends ContextAwareBase implements Configurator {

  /** Called by logback through {@code META-INF/services}. */
  @Override
  public ExecutionStatus configure(LoggerContext context) {
    LineLayout layout = new LineLayout();
    layout.setContext(context);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setLayout(layout);
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(appender);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  static void start(String level) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(level.equals("fatal") ? Level.ERROR : Level.toLevel(level, Level.INFO));
    // a library's own debug messages drown ours
    context.getLogger("io.netty").setLevel(Level.WARN);
  }

  private static final class LineLayout extends LayoutBase<ILoggingEvent> {
    private final DateTimeFormatter time =
        DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX").withZone(ZoneId.systemDefault());

    @Override
    public String doLayout(ILoggingEvent event) {
      StringBuilder line = new StringBuilder(160);
      line.append("time=\"").append(time.format(Instant.ofEpochMilli(event.getTimeStamp()).plusNanos(event.getNanoseconds() % 1_000_000)));
      line.append("\" level=").append(level(event.getLevel())).append(" msg=");
      quote(line, event.getFormattedMessage());
      String logger = event.getLoggerName();
      line.append(" logger=").append(logger, logger.lastIndexOf('.') + 1, logger.length());
      IThrowableProxy thrown = event.getThrowableProxy();
      if (thrown != null) {
        line.append(" error=");
        quote(line, thrown.getClassName() + ": " + thrown.getMessage());
        line.append('\n').append(ThrowableProxyUtil.asString(thrown).stripTrailing());
      }
      return line.append('\n').toString();
    }

    private static String level(Level level) {
      return switch (level.toInt()) {
        case Level.ERROR_INT -> "error";
        case Level.WARN_INT -> "warning";
        case Level.INFO_INT -> "info";
        default -> "debug";
      };
    }

    /** Quotes, so that nothing a client or an image brings in can forge a further line. */
    private static void quote(StringBuilder out, String text) {
      out.append('"');
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        switch (c) {
          case '"' -> out.append("\\\"");
          case '\\' -> out.append("\\\\");
          case '\n' -> out.append("\\n");
          case '\t' -> out.append("\\t");
          case '\r' -> out.append("\\r");
          default -> {
            if (c < ' ' || c == 0x7f) {
              out.append(String.format("\\x%02x", (int) c));
            } else {
              out.append(c);
            }
          }
        }
      }
      out.append('"');
    }
  }
}
