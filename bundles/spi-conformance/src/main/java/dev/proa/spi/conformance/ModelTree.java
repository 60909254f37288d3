package dev.proa.spi.conformance;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What layers mean, by the book (image-spec layer.md) and over one plain tree in memory: the reference that a driver is compared with. No
 * layers, no whiteouts on disk, no copies: a name is there or not.
 */
final class ModelTree {
  /** A layer that must be refused. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String reason) {
      super(reason);
    }
  }

  /** One member, as the test's generator makes them. */
  record Member(char type, String name, String target, int mode, int owner, long time) {}

  private static final class Node {
    final char type;
    String target = "";
    int mode;
    int owner;
    long time;
    final Map<String, Node> children = new TreeMap<>();

    Node(char type) {
      this.type = type;
    }
  }

  private record Place(Node directory, String name) {}

  private final Node root = new Node('5');

  /** Names and directories that the layer being applied has made itself. */
  private final Map<Node, Set<String>> ownNames = new IdentityHashMap<>();

  private Set<Node> ownDirectories = Collections.newSetFromMap(new IdentityHashMap<>());

  void apply(List<Member> layer) throws Refused {
    ownNames.clear();
    ownDirectories = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Member member : layer) {
      apply(member);
    }
  }

  private void apply(Member member) throws Refused {
    List<String> path = clean(member.name());
    if (path.isEmpty()) {
      if (member.type() != '5') {
        throw new Refused("replaces the root");
      }
      return;
    }
    String leaf = path.getLast();
    List<String> parentPath = path.subList(0, path.size() - 1);
    boolean deviceZero = member.type() == '3' && member.mode() == 0;
    if (leaf.startsWith(".wh.") || deviceZero) {
      whiteout(parentPath, leaf.startsWith(".wh.") ? leaf : ".wh." + leaf);
      return;
    }
    if (path.getFirst().startsWith(".wh..wh.")) {
      return;
    }
    if (parentPath.stream().anyMatch(name -> name.startsWith(".wh."))) {
      throw new Refused("below a whiteout");
    }
    List<Node> way = new ArrayList<>();
    Node parent = resolve(parentPath, member, way);
    own(way);
    Node there = parent.children.get(leaf);
    if (member.type() == '1') {
      List<String> targetPath = clean(member.target());
      Node directory = targetPath.isEmpty() ? null : resolve(targetPath.subList(0, targetPath.size() - 1), null, new ArrayList<>());
      Node target = directory == null ? null : directory.children.get(targetPath.getLast());
      if (target == null || target.type == '5') {
        throw new Refused("no such file to link to");
      }
      if (there == target && directory == parent && leaf.equals(targetPath.getLast())) {
        return;
      }
      if (there != null && there.type == '5' && ownDirectoriesHold(there, directory)) {
        throw new Refused("replaces what it links to");
      }
      put(parent, leaf, target);
      return;
    }
    Node node = member.type() == '5' && there != null && there.type == '5' ? there : new Node(member.type());
    node.target = member.target();
    node.mode = member.mode();
    node.owner = member.owner();
    node.time = member.time();
    if (node != there) {
      put(parent, leaf, node);
    }
    if (node.type == '5') {
      ownDirectories.add(node);
      ownNames.computeIfAbsent(parent, key -> new java.util.HashSet<>()).add(leaf);
    }
  }

  private boolean ownDirectoriesHold(Node top, Node wanted) {
    if (top == wanted) {
      return true;
    }
    return top.children.values().stream().anyMatch(child -> child.type == '5' && ownDirectoriesHold(child, wanted));
  }

  private void put(Node parent, String name, Node node) {
    parent.children.put(name, node);
    ownNames.computeIfAbsent(parent, key -> new java.util.HashSet<>()).add(name);
  }

  private void own(List<Node> way) {
    ownDirectories.addAll(way);
  }

  private void whiteout(List<String> parentPath, String leaf) throws Refused {
    if (leaf.startsWith(".wh..wh.") && !leaf.equals(".wh..wh..opq")) {
      return;
    }
    String hidden = leaf.substring(4);
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw new Refused("whiteout of nothing");
    }
    Node parent = resolve(parentPath, null, new ArrayList<>());
    if (parent == null) {
      return;
    }
    if (leaf.equals(".wh..wh..opq")) {
      prune(parent);
    } else {
      hide(parent, hidden);
    }
  }

  private void hide(Node parent, String name) {
    Node node = parent.children.get(name);
    if (node == null) {
      return;
    }
    if (node.type == '5') {
      if (ownDirectories.contains(node)) {
        prune(node);
      } else {
        parent.children.remove(name);
      }
    } else if (!ownNames.getOrDefault(parent, Set.of()).contains(name)) {
      parent.children.remove(name);
    }
  }

  private void prune(Node directory) {
    for (String name : List.copyOf(directory.children.keySet())) {
      hide(directory, name);
    }
  }

  /**
   * @param member makes missing directories with its time; null to make none
   * @param way gets every directory from the root to the one found
   */
  private @org.jspecify.annotations.Nullable Node resolve(List<String> path, Member member, List<Node> way) throws Refused {
    Deque<String> pending = new ArrayDeque<>(path);
    Deque<Place> at = new ArrayDeque<>();
    at.push(new Place(root, ""));
    int links = 0;
    while (!pending.isEmpty()) {
      String name = pending.pop();
      Node directory = at.peek().directory();
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      if (name.equals("..")) {
        if (at.size() > 1) {
          at.pop();
        }
        continue;
      }
      Node child = directory.children.get(name);
      if (child == null) {
        if (member == null) {
          return null;
        }
        child = new Node('5');
        child.mode = 0755;
        child.time = member.time();
        put(directory, name, child);
      }
      if (child.type == '2') {
        if (++links > 40) {
          throw new Refused("loop");
        }
        if (child.target.startsWith("/")) {
          while (at.size() > 1) {
            at.pop();
          }
        }
        String[] parts = child.target.split("/", -1);
        for (int i = parts.length - 1; i >= 0; i--) {
          pending.push(parts[i]);
        }
      } else if (child.type == '5') {
        at.push(new Place(child, name));
      } else {
        throw new Refused("no directory");
      }
    }
    at.forEach(place -> way.add(place.directory()));
    return at.peek().directory();
  }

  private static List<String> clean(String name) throws Refused {
    List<String> names = new ArrayList<>();
    for (String part : name.split("/", -1)) {
      if (part.equals("..")) {
        if (names.isEmpty() && !name.startsWith("/")) {
          throw new Refused("leaves the root");
        }
        if (!names.isEmpty()) {
          names.removeLast();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        if (part.getBytes(StandardCharsets.UTF_8).length > 255) {
          throw new Refused("too long");
        }
        names.add(part);
      }
    }
    return names;
  }

  /** Path to "type mode owner time target", and the first of all names of the same file. */
  Map<String, String> listing() {
    Map<String, String> lines = new TreeMap<>();
    list(root, "", lines, new IdentityHashMap<>());
    return lines;
  }

  private static void list(Node directory, String path, Map<String, String> lines, Map<Node, String> first) {
    directory.children.forEach(
        (name, node) -> {
          String at = path.isEmpty() ? name : path + "/" + name;
          String line = node.type + " " + Integer.toOctalString(node.type == '2' ? 0777 : node.mode) + " " + node.owner + " " + node.time;
          if (node.type == '0' || node.type == '2') {
            line += " " + node.target;
          }
          if (node.type != '5') {
            line += " same-as " + first.computeIfAbsent(node, key -> at);
          }
          lines.put(at, line);
          if (node.type == '5') {
            list(node, at, lines, first);
          }
        });
  }
}
