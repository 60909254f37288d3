package dev.proa.cli.compose.model;

import dev.proa.cli.compose.model.Value.Fields;
import dev.proa.cli.compose.model.Value.Items;
import dev.proa.cli.compose.model.Value.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Reads YAML 1.2 and, as people write it in Compose files, the merge key {@code <<} of YAML 1.1. */
final class YamlFile {
  private static final long MAX_BYTES = 4L << 20;
  /** Anchors multiply: this many nodes are followed. */
  private static final int MAX_NODES = 200_000;
  private static final int MAX_DEPTH = 64;
  private static final String MERGE = "<<";

  private final String file;
  private int nodes;

  private YamlFile(String file) {
    this.file = file;
  }

  static Fields read(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new ComposeException("open " + path.toAbsolutePath() + ": no such file or directory");
    }
    if (Files.size(path) > MAX_BYTES) {
      throw new ComposeException(path + ": a Compose file has " + MAX_BYTES + " bytes at most");
    }
    try {
      return parse(path.toString(), Files.readString(path));
    } catch (NoSuchFileException e) {
      throw new ComposeException("open " + path.toAbsolutePath() + ": no such file or directory");
    }
  }

  /** @param file its name, for messages */
  static Fields parse(String file, String text) {
    YamlFile reader = new YamlFile(file);
    Optional<Node> root;
    try {
      LoadSettings settings = LoadSettings.builder().setLabel(file).setCodePointLimit((int) MAX_BYTES).setMaxAliasesForCollections(MAX_NODES).build();
      root = new Compose(settings).composeString(text);
    } catch (MarkedYamlEngineException e) {
      Optional<Mark> mark = e.getProblemMark();
      String where = mark.map(m -> file + ":" + (m.getLine() + 1) + ":" + (m.getColumn() + 1)).orElse(file);
      String context = e.getContext() == null ? "" : e.getContext() + ": ";
      throw new ComposeException(where + ": not YAML: " + context + e.getProblem());
    } catch (YamlEngineException e) {
      throw new ComposeException(file + ": not YAML: " + e.getMessage());
    }
    if (root.isEmpty()) {
      throw new ComposeException(file + ": empty compose file");
    }
    Value value = reader.value(root.get(), 0);
    if (value instanceof Fields fields) {
      return fields;
    }
    throw value.place().error("Top-level object must be a mapping, and is " + value.kind());
  }

  private Value value(Node node, int depth) {
    Place place = place(node);
    if (++nodes > MAX_NODES) {
      throw place.error("more than " + MAX_NODES + " values, counting those that anchors repeat");
    }
    if (depth > MAX_DEPTH) {
      throw place.error("values nest deeper than " + MAX_DEPTH);
    }
    return switch (node) {
      case ScalarNode scalar -> new Text(scalar.getValue(), scalar.getTag().equals(Tag.NULL), tag(node), place);
      case SequenceNode sequence -> {
        List<Value> items = new ArrayList<>();
        for (Node item : sequence.getValue()) {
          items.add(value(item, depth + 1));
        }
        yield new Items(items, tag(node), place);
      }
      case MappingNode mapping -> mapping(mapping, place, depth);
      default -> throw place.error("an anchor that contains itself");
    };
  }

  private Fields mapping(MappingNode mapping, Place place, int depth) {
    Map<String, Value> fields = new LinkedHashMap<>();
    Map<String, Place> keys = new LinkedHashMap<>();
    List<Value> merged = new ArrayList<>();
    for (NodeTuple tuple : mapping.getValue()) {
      Place at = place(tuple.getKeyNode());
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw at.error("a key that is no text");
      }
      Value value = value(tuple.getValueNode(), depth + 1);
      if (key.getValue().equals(MERGE) && key.isPlain()) {
        merged.add(value);
      } else if (fields.put(key.getValue(), value) != null) {
        throw at.error("mapping key \"" + key.getValue() + "\" already defined at line " + keys.get(key.getValue()).line());
      } else {
        keys.put(key.getValue(), at);
      }
    }
    for (Value value : merged) {
      merge(value, fields, keys);
    }
    return new Fields(fields, keys, tag(mapping), place);
  }

  /** What is said in the mapping itself wins, then what is merged first. */
  private static void merge(Value value, Map<String, Value> fields, Map<String, Place> keys) {
    switch (value) {
      case Fields from ->
          from.fields()
              .forEach(
                  (key, each) -> {
                    if (fields.putIfAbsent(key, each) == null) {
                      keys.put(key, from.keys().getOrDefault(key, from.place()));
                    }
                  });
      case Items list -> list.items().forEach(each -> merge(each, fields, keys));
      case Text text -> throw text.place().error("<< merges mappings, not " + text.kind());
    }
  }

  private static String tag(Node node) {
    String tag = node.getTag().getValue();
    return tag.startsWith("!") ? tag : "";
  }

  private Place place(Node node) {
    return node.getStartMark().map(mark -> new Place(file, mark.getLine() + 1, mark.getColumn() + 1)).orElse(new Place(file, 1, 1));
  }
}
