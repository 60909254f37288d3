package dev.proa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.cli.json.Json;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Template;
import dev.proa.cli.text.Units;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON, units, tables and templates. */
class TextTest {
  @Test
  void jsonIsReadAndWrittenTheSame() {
    String text = "{\"a\":[1,-2,3.5,true,null],\"b\":{\"c\":\"line\\nquote\\\" \u00e9 \\\\\"},\"d\":[],\"e\":{}}";
    assertThat(Json.write(Json.parse(text))).isEqualTo(text);
    assertThat(Json.parse(" \"\\u00e9\\/\" ")).isEqualTo("é/");
    assertThat(Json.text(Json.parse(text), "b", "c")).startsWith("line\nquote\"");
  }

  @Test
  void prettyJsonIndentsByFourAsDockersInspect() {
    assertThat(Json.writePretty(Json.parse("[{\"Id\":\"x\",\"List\":[1],\"None\":[]}]")))
        .isEqualTo("[\n    {\n        \"Id\": \"x\",\n        \"List\": [\n            1\n        ],\n        \"None\": []\n    }\n]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[1,", "{\"a\"}", "tru", "\"open", "\"\\x\"", "1 2", "{\"a\":1,}", "-", "\"\\u12\""})
  void whatIsNoJsonIsRefusedWithItsPlace(String text) {
    assertThatThrownBy(() -> Json.parse(text)).isInstanceOf(Json.JsonException.class).hasMessageContaining("at character");
  }

  @Test
  void nestingWithoutEndIsRefused() {
    assertThatThrownBy(() -> Json.parse("[".repeat(100_000))).isInstanceOf(Json.JsonException.class);
  }

  @ParameterizedTest
  @CsvSource({"0,0B", "999,999B", "1000,1kB", "4263152,4.26MB", "77900000,77.9MB", "1500000000,1.5GB"})
  void sizesAreDockers(long bytes, String text) {
    assertThat(Units.size(bytes)).isEqualTo(text);
  }

  @Test
  void memoryIsInPowersOf1024() {
    assertThat(Units.binarySize(4110417920.0)).isEqualTo("3.828GiB");
    assertThat(Units.bytes("64m")).isEqualTo(64L << 20);
    assertThat(Units.bytes("1.5GB")).isEqualTo(3L << 29);
    assertThat(Units.bytes("7")).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "", "m", "-1", "1x", "1e999"})
  void aWrongSizeIsRefusedInDockersWords(String text) {
    assertThatThrownBy(() -> Units.bytes(text)).hasMessage("invalid size: '" + text + "'");
  }

  @ParameterizedTest
  @CsvSource({
    "0,Less than a second", "1,1 second", "59,59 seconds", "60,About a minute", "150,2 minutes", "3600,About an hour", "7300,2 hours", "180000,2 days", "1300000,2 weeks",
    "6000000,2 months", "70000000,2 years"
  })
  void timesAreDockers(long seconds, String text) {
    assertThat(Units.duration(Duration.ofSeconds(seconds))).isEqualTo(text);
  }

  @Test
  void tablesAlignAsDockers() {
    Table table = new Table(List.of(new Table.Column("Driver", "DRIVER"), new Table.Column("Name", "VOLUME NAME")), List.of());
    table.row(Map.of("Driver", "local", "Name", "data"));
    assertThat(printed(table, null)).isEqualTo("DRIVER    VOLUME NAME\nlocal     data\n");
    assertThat(printed(table, "{{.Name}}")).isEqualTo("data\n");
    assertThat(printed(table, "table {{.Name}}\t{{.Driver}}")).isEqualTo("VOLUME NAME   DRIVER\ndata          local\n");
  }

  private static String printed(Table table, String format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    table.print(new PrintStream(out, true, StandardCharsets.UTF_8), format);
    return out.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      value = {
        "{{.State.Pid}} § 42",
        "{{json .Config}} § {\"Env\":[\"A=1\",\"B=2\"],\"Tty\":false}",
        "{{range .Config.Env}}<{{.}}>{{end}} § <A=1><B=2>",
        "{{if .Config.Tty}}tty{{else}}none{{end}} § none",
        "{{len .Config.Env}} {{index .Config.Env 1}} § 2 B=2",
        "{{join .Config.Env \", \"}} § A=1, B=2",
        "{{.Name | upper}} § WEB",
        "{{eq .Name \"web\"}} § true",
        "{{index .Map \"a b\"}} § x",
        "{{.Config.Env}} {{.Map}} § [A=1 B=2] map[a b:x]",
        "{{(index .Config.Env 0)}} § A=1",
        "{{range $i, $e := .Config.Env}}{{if $i}}, {{end}}{{$i}}={{$e}}{{end}} § 0=A=1, 1=B=2",
        "{{with .State}}{{.Pid}}{{end}}{{with .Config.Tty}}never{{else}} none{{end}} § 42 none",
        "{{$n := .Name}}{{range .Config.Env}}{{$n}}{{.}} {{end}}{{$.Name}} § webA=1 webB=2 web",
        "{{if .Config.Tty}}a{{else if eq .State.Pid 42}}b{{else}}c{{end}}d § bd",
        "{{- /* said to nobody */ -}} x {{- .Name -}}   y § xweby",
        "{{printf \"%-5s|%5d|%q|%.2f\" .Name .State.Pid .Name 1.5}} § web  |   42|\"web\"|1.50",
        "{{range $k, $v := .Map}}{{$k}}:{{$v}}{{end}} § a b:x",
        "{{.state.pid}} {{.Label \"a b\"}} {{.Label \"none\"}}| § 42 x |",
        "{{json (index (split \"a:b\" \":\") 1)}} § \"b\"",
        "{{and (gt .State.Pid 41) (le 1 2)}} {{or 0 \"x\"}} {{not true}} § true x false",
        "{{truncate .Name 2}} {{pad .Name 1 1}}| {{slice .Name 1 2}} {{title .Name}} § we  web | e Web",
        "{{(index .Config.Env 1) | lower | printf \"%s!\"}} § b=2!",
      })
  void templatesShowFields(String template, String expected) {
    Object value = Json.parse("{\"Name\":\"web\",\"Label\":{\"a b\":\"x\"},\"State\":{\"Pid\":42},\"Config\":{\"Env\":[\"A=1\",\"B=2\"],\"Tty\":false},\"Map\":{\"a b\":\"x\"}}");
    assertThat(Template.parse(template).apply(value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{{", "{{.A", "{{nosuch .A}}", "{{end}}", "{{range .A}}", "{{\"open}}", "{{}}", "{{.Nosuch}}", "{{index .L 7}}", "{{(.A}}", "{{$x}}", "{{if .A}}{{else if}}{{end}}", "{{.A | nosuch}}", "{{.A .A}}", "{{printf \"%5000d\" 1}}"})
  void aWrongTemplateEndsWithStatus64(String template) {
    assertThatThrownBy(() -> Template.parse(template).apply(Json.parse("{\"A\":1,\"L\":[]}"))).isInstanceOfSatisfying(CliException.class, e -> assertThat(e.status()).isEqualTo(64));
  }
}
