package dev.proa.cli.text;

import dev.proa.cli.CliException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The part of Go's package text/template that formats are written in: fields, pipelines, variables, {@code if}, {@code else if}, {@code range}, {@code with},
 * trimmed spaces, comments, and the functions of {@link TemplateFunctions}. Values are those of JSON. Where Go has structures, we have the documents of the
 * API: a field that differs in the case of its letters only is the same ({@code .ID} for {@code Id}).
 */
public final class Template {
  sealed interface Node {}

  record Text(String text) implements Node {}

  record Action(Pipeline pipeline) implements Node {}

  enum Kind {
    IF,
    RANGE,
    WITH
  }

  record Branch(Kind kind, Pipeline pipeline, List<Node> body, List<Node> otherwise) implements Node {}

  /** @param variables that it sets; an action that sets one prints nothing */
  record Pipeline(List<String> variables, boolean declares, List<Command> commands) {}

  record Command(List<Operand> operands) {}

  sealed interface Operand {}

  record Dot(List<String> path) implements Operand {}

  record Variable(String name, List<String> path) implements Operand {}

  record Literal(@Nullable Object value) implements Operand {}

  record Function(String name) implements Operand {}

  record Parentheses(Pipeline pipeline, List<String> path) implements Operand {}

  /** Members that the daemon leaves out where they are empty, and that Go's structures have all the same: formats ask with {@code if} for them. */
  private static final Set<String> OPTIONAL =
      Set.of(
          "Annotations", "Error", "ExposedPorts", "GraphDriver", "Health", "Healthcheck", "IPAMConfig", "Init", "LastTagTime", "Mounts", "NetworkSettings", "OnBuild", "Options", "RepoDigests",
          "RepoTags", "Runtime", "Shell", "SizeRootFs", "SizeRw", "StopSignal", "StopTimeout", "StorageOpt", "Sysctls", "Tmpfs", "UsageData", "Volumes");

  private final List<Node> nodes;

  private Template(List<Node> nodes) {
    this.nodes = nodes;
  }

  /** @throws CliException with status 64, as docker's inspect has it, if it is none */
  public static Template parse(String source) {
    // docker lets \t and \n be written as such in a format
    return new Template(new TemplateParser(source.replace("\\t", "\t").replace("\\n", "\n")).whole());
  }

  public String apply(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    Map<String, @Nullable Object> variables = new HashMap<>();
    variables.put("$", value);
    render(nodes, value, new Scope(variables), out);
    return out.toString();
  }

  /** Variables; those declared in a block end with it, those set are set where they were declared. */
  private record Scope(Map<String, @Nullable Object> variables, @Nullable Scope outer) {
    Scope(Map<String, @Nullable Object> variables) {
      this(variables, null);
    }

    Scope inner() {
      return new Scope(new HashMap<>(), this);
    }

    @Nullable Scope of(String name) {
      return variables.containsKey(name) || outer == null ? variables.containsKey(name) ? this : null : outer.of(name);
    }

    void set(String name, boolean declares, @Nullable Object value) {
      Scope at = declares ? this : of(name);
      if (at == null) {
        throw undefined(name);
      }
      at.variables.put(name, value);
    }

    @Nullable Object get(String name) {
      Scope at = of(name);
      if (at == null) {
        throw undefined(name);
      }
      return at.variables.get(name);
    }

    private static CliException undefined(String name) {
      return new CliException(64, "template: :1: undefined variable \"" + name + "\"");
    }
  }

  private static void render(List<Node> list, @Nullable Object dot, Scope scope, StringBuilder out) {
    for (Node node : list) {
      switch (node) {
        case Text text -> out.append(text.text());
        case Action action -> {
          Object value = evaluate(action.pipeline(), dot, scope);
          if (action.pipeline().variables().isEmpty()) {
            out.append(TemplateFunctions.shown(value));
          }
        }
        case Branch branch -> {
          Scope inner = scope.inner();
          Pipeline pipeline = branch.pipeline();
          Object value = branch.kind() == Kind.RANGE ? evaluate(new Pipeline(List.of(), false, pipeline.commands()), dot, inner) : evaluate(pipeline, dot, inner);
          switch (branch.kind()) {
            case IF -> render(TemplateFunctions.truth(value) ? branch.body() : branch.otherwise(), dot, inner, out);
            case WITH -> render(TemplateFunctions.truth(value) ? branch.body() : branch.otherwise(), TemplateFunctions.truth(value) ? value : dot, inner, out);
            case RANGE -> range(branch, value, dot, inner, out);
          }
        }
      }
    }
  }

  private static void range(Branch branch, @Nullable Object over, @Nullable Object dot, Scope scope, StringBuilder out) {
    List<@Nullable Object> keys = new ArrayList<>();
    List<@Nullable Object> values = new ArrayList<>();
    if (over instanceof Map<?, ?> map) {
      new TreeMap<>(map).forEach(
          (key, value) -> {
            keys.add(key);
            values.add(value);
          });
    } else if (over instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        keys.add(Long.valueOf(i));
        values.add(list.get(i));
      }
    }
    List<String> variables = branch.pipeline().variables();
    for (int i = 0; i < values.size(); i++) {
      Scope each = scope.inner();
      if (!variables.isEmpty()) {
        each.set(variables.getLast(), true, values.get(i));
      }
      if (variables.size() > 1) {
        each.set(variables.getFirst(), true, keys.get(i));
      }
      render(branch.body(), values.get(i), each, out);
    }
    if (values.isEmpty()) {
      render(branch.otherwise(), dot, scope, out);
    }
  }

  private static @Nullable Object evaluate(Pipeline pipeline, @Nullable Object dot, Scope scope) {
    Object value = null;
    boolean first = true;
    for (Command command : pipeline.commands()) {
      List<@Nullable Object> arguments = new ArrayList<>();
      for (Operand operand : command.operands().subList(1, command.operands().size())) {
        arguments.add(operand(operand, dot, scope));
      }
      if (!first) {
        arguments.add(value);
      }
      first = false;
      Operand head = command.operands().getFirst();
      if (head instanceof Function function) {
        value = TemplateFunctions.call(function.name(), arguments);
      } else {
        // with arguments it is one of docker's methods, such as {{.Label "name"}}
        arguments.addFirst(operand(head, dot, scope));
        value = TemplateFunctions.index(arguments);
      }
    }
    for (String variable : pipeline.variables()) {
      scope.set(variable, pipeline.declares(), value);
    }
    return value;
  }

  private static @Nullable Object operand(Operand operand, @Nullable Object dot, Scope scope) {
    return switch (operand) {
      case Dot field -> field(dot, field.path());
      case Variable variable -> field(scope.get(variable.name()), variable.path());
      case Literal literal -> literal.value();
      case Function function -> TemplateFunctions.call(function.name(), List.of());
      case Parentheses inner -> field(evaluate(inner.pipeline(), dot, scope), inner.path());
    };
  }

  private static @Nullable Object field(@Nullable Object value, List<String> path) {
    Object here = value;
    for (String name : path) {
      if (!(here instanceof Map<?, ?> map)) {
        throw new CliException(64, "template: :1:2: executing \"\" at <." + String.join(".", path) + ">: " + (here == null ? "nil data; no entry for key \"" + name + "\"" : "can't evaluate field " + name));
      }
      Object key = map.containsKey(name) ? name : map.keySet().stream().filter(each -> name.equalsIgnoreCase(String.valueOf(each))).findFirst().orElse(null);
      if (key == null && OPTIONAL.contains(name)) {
        return null;
      }
      if (key == null) {
        throw new CliException(64, "template: :1:2: executing \"\" at <." + String.join(".", path) + ">: map has no entry for key \"" + name + "\"");
      }
      here = map.get(key);
    }
    return here;
  }
}
