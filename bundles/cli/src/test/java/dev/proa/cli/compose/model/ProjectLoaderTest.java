package dev.proa.cli.compose.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ProjectLoaderTest {
  @TempDir Path folder;
  private final Map<String, String> environment = new HashMap<>();

  private void file(String name, String text) throws IOException {
    Files.createDirectories(folder.resolve(name).getParent());
    Files.writeString(folder.resolve(name), text);
  }

  private Project load(String... files) throws IOException {
    return ProjectLoader.load(new ProjectLoader.Options(List.of(files), "p", null, List.of(), List.of(), folder, environment));
  }

  private Project loaded(String text) throws IOException {
    file("compose.yaml", text);
    return load();
  }

  private String refused(String text) {
    return String.valueOf(assertThrows(ComposeException.class, () -> loaded(text)).getMessage());
  }

  private static @Nullable Object at(Map<String, @Nullable Object> service, String... path) {
    Object value = service;
    for (String key : path) {
      value = Project.object(value).get(key);
    }
    return value;
  }

  @Test
  void a_file_is_found_in_a_folder_above_with_its_override() throws IOException {
    file("compose.yaml", "services: {a: {image: x, environment: [A=1, B=1]}}");
    file("compose.override.yaml", "services: {a: {environment: {B: 2}}}");
    Files.createDirectories(folder.resolve("below/deeper"));
    Project project =
        ProjectLoader.load(new ProjectLoader.Options(List.of(), null, null, List.of(), List.of(), folder.resolve("below/deeper"), Map.of("COMPOSE_PROJECT_NAME", "named")));
    assertEquals("named", project.name());
    assertEquals(Map.of("A", "1", "B", "2"), project.service("a").get("environment"));
    assertEquals(2, project.files().size());
  }

  @Test
  void a_project_without_a_name_has_that_of_its_folder_cleaned() throws IOException {
    file("My App.1/compose.yaml", "services: {a: {image: x}}");
    Project project = ProjectLoader.load(new ProjectLoader.Options(List.of(), null, null, List.of(), List.of(), folder.resolve("My App.1"), Map.of()));
    assertEquals("myapp1", project.name());
    assertEquals("myapp1_default", at(project.networks().get("default"), "name"));
  }

  @Test
  void short_forms_mean_the_long_ones() throws IOException {
    Map<String, @Nullable Object> a =
        loaded(
                """
                services:
                  a:
                    image: x
                    command: sh -c 'echo "$$HOME" two'
                    ports: ["8080:80", "127.0.0.1:53:53/udp", "9000-9001:90-91", "[::1]:7:7", 5000]
                    volumes: [data:/d:ro, ./rel:/r, /anonymous, "/x:/y:z,rshared"]
                    depends_on: [b]
                    healthcheck: {test: curl localhost, interval: 1m30s}
                    mem_limit: 64m
                    ulimits: {nofile: 10, nproc: {soft: 1, hard: 2}}
                    extra_hosts: [a:1.2.3.4, "b=::1"]
                    build: ./ctx
                  b: {image: y}
                volumes: {data: {}}
                """)
            .service("a");
    assertEquals(List.of("sh", "-c", "echo \"$HOME\" two"), a.get("command"));
    List<?> ports = Project.list(a.get("ports"));
    assertEquals(6, ports.size());
    assertEquals(Map.of("mode", "ingress", "target", 80L, "published", "8080", "protocol", "tcp"), ports.get(0));
    assertEquals("127.0.0.1", Project.object(ports.get(1)).get("host_ip"));
    assertEquals("9001", Project.object(ports.get(3)).get("published"));
    assertEquals(91L, Project.object(ports.get(3)).get("target"));
    assertEquals("::1", Project.object(ports.get(4)).get("host_ip"));
    List<?> volumes = Project.list(a.get("volumes"));
    assertEquals(Map.of("type", "volume", "source", "data", "target", "/d", "read_only", true, "volume", Map.of()), volumes.get(0));
    assertEquals(folder.resolve("rel").toString(), Project.object(volumes.get(1)).get("source"));
    assertEquals(Map.of("create_host_path", true, "selinux", "z", "propagation", "rshared"), Project.object(volumes.get(3)).get("bind"));
    assertEquals("service_started", at(a, "depends_on", "b", "condition"));
    assertEquals(List.of("CMD-SHELL", "curl localhost"), at(a, "healthcheck", "test"));
    assertEquals(90_000_000_000L, at(a, "healthcheck", "interval"));
    assertEquals(64L << 20, a.get("mem_limit"));
    assertEquals(2L, at(a, "ulimits", "nproc", "hard"));
    assertEquals(List.of("a:1.2.3.4", "b:::1"), a.get("extra_hosts"));
    assertEquals(folder.resolve("ctx").toString(), at(a, "build", "context"));
  }

  @Test
  void variables_are_replaced_with_all_modifiers_and_the_environment_wins_over_the_env_file() throws IOException {
    environment.put("SET", "env");
    environment.put("EMPTY", "");
    file(".env", "SET=file\nexport FROM_FILE='single $SET'\nDOUBLE=\"a\\nb ${SET}\" # comment\nPLAIN=x y # comment\n");
    Map<String, @Nullable Object> env =
        Project.object(
            loaded(
                    """
                    services:
                      a:
                        image: x
                        environment:
                          A: $SET
                          B: ${FROM_FILE}
                          C: ${DOUBLE}
                          D: ${PLAIN}
                          E: ${EMPTY:-d}${EMPTY-d}${NONE-d}
                          F: ${SET:+yes}${NONE+yes}
                          G: ${NONE:-${SET:-x}}
                          H: $$SET
                          SET:
                    """)
                .service("a")
                .get("environment"));
    assertEquals("env", env.get("A"));
    assertEquals("single $SET", env.get("B"));
    assertEquals("a\nb env", env.get("C"));
    assertEquals("x y", env.get("D"));
    assertEquals("dd", env.get("E"));
    assertEquals("yes", env.get("F"));
    assertEquals("env", env.get("G"));
    assertEquals("$SET", env.get("H"));
    assertEquals("env", env.get("SET"));
  }

  @Test
  void a_missing_variable_is_warned_of_once_and_a_required_one_is_an_error() throws IOException {
    Project project = loaded("services: {a: {image: \"x${NO}\", user: \"$NO\"}}");
    assertEquals(List.of("The \"NO\" variable is not set. Defaulting to a blank string."), project.warnings());
    assertTrue(refused("services:\n  a:\n    image: ${NO:?tell me}\n").contains("compose.yaml:3:12: required variable NO is missing a value: tell me"));
    assertTrue(refused("services: {a: {image: \"${NO\"}}").contains("invalid interpolation format"));
  }

  @Test
  void later_files_are_laid_over_earlier_ones() throws IOException {
    file("a.yaml", "services: {a: {image: x, command: [one, two], dns: [1.1.1.1], ports: [\"80:80\"], labels: {k: v}, volumes: [\"d:/d\", \"/e\"]}}\nvolumes: {d: , n: }");
    file("b.yaml", "services: {a: {command: [three], dns: [8.8.8.8, 1.1.1.1], ports: !override [\"81:80\"], labels: !reset null, volumes: [\"n:/d\"]}, b: {image: y}}");
    Project project = load("a.yaml", "b.yaml");
    Map<String, @Nullable Object> a = project.service("a");
    assertEquals(List.of("three"), a.get("command"));
    assertEquals(List.of("1.1.1.1", "8.8.8.8"), a.get("dns"));
    assertEquals(1, Project.list(a.get("ports")).size());
    assertEquals("81", Project.object(Project.list(a.get("ports")).getFirst()).get("published"));
    assertEquals(false, a.containsKey("labels"));
    assertEquals("n", Project.object(Project.list(a.get("volumes")).getFirst()).get("source"));
    assertEquals(2, Project.list(a.get("volumes")).size());
    assertEquals("y", project.service("b").get("image"));
  }

  @Test
  void services_extend_others_of_the_same_and_of_other_files() throws IOException {
    file("base/base.yaml", "services: {base: {image: x, environment: {A: 1, B: 1}, build: ., env_file: base.env}}");
    file("base/base.env", "FROM=file\nA=0\n");
    Map<String, @Nullable Object> b =
        loaded("services: {a: {extends: {file: base/base.yaml, service: base}, environment: {B: 2}}, b: {extends: a, hostname: h}}").service("b");
    assertEquals(Map.of("FROM", "file", "A", "1", "B", "2"), b.get("environment"));
    assertEquals(folder.resolve("base").toString(), at(b, "build", "context"));
    assertEquals("h", b.get("hostname"));
    assertTrue(refused("services: {a: {extends: b, image: x}, b: {extends: a, image: x}}").contains("circular reference"));
    assertTrue(refused("services: {a: {extends: nosuch, image: x}}").contains("service not found"));
  }

  @Test
  void included_files_are_read_in_their_own_folder_with_their_own_variables() throws IOException {
    file("other/compose.yaml", "services: {o: {image: \"${IMAGE}\", volumes: [\"./d:/d\"]}}");
    file("other/.env", "IMAGE=included\n");
    Project project = loaded("include: [other/compose.yaml]\nservices: {a: {image: x, depends_on: [o]}}");
    assertEquals("included", project.service("o").get("image"));
    assertEquals(folder.resolve("other/d").toString(), Project.object(Project.list(project.service("o").get("volumes")).getFirst()).get("source"));
    file("loop.yaml", "include: [loop.yaml]");
    assertTrue(String.valueOf(assertThrows(ComposeException.class, () -> load("loop.yaml")).getMessage()).contains("includes itself"));
  }

  @Test
  void anchors_and_merge_keys_work() throws IOException {
    Map<String, @Nullable Object> a =
        loaded("x-base: &base\n  image: x\n  environment: &e {A: 1}\nservices:\n  a:\n    <<: *base\n    hostname: h\n  b:\n    <<: [*base]\n    environment:\n      <<: *e\n      B: 2\n").service("b");
    assertEquals("x", a.get("image"));
    assertEquals(Map.of("A", "1", "B", "2"), a.get("environment"));
  }

  @Test
  void profiles_switch_services_on() throws IOException {
    file("compose.yaml", "services: {a: {image: x}, b: {image: y, profiles: [debug]}}");
    assertEquals(java.util.Set.of("a"), load().services().keySet());
    environment.put("COMPOSE_PROFILES", "debug");
    assertEquals(java.util.Set.of("a", "b"), load().services().keySet());
  }

  @Test
  void services_are_ordered_by_what_they_depend_on_and_cycles_are_named() throws IOException {
    Project project = loaded("services: {a: {image: x, depends_on: [b]}, b: {image: x, links: [\"c:alias\"]}, c: {image: x}, d: {image: x, network_mode: \"service:a\"}}");
    assertEquals(List.of("c", "b", "a", "d"), project.ordered(List.of(), true));
    assertEquals(List.of("c", "b"), project.ordered(List.of("b"), true));
    assertEquals(List.of("b"), project.ordered(List.of("b"), false));
    assertTrue(refused("services: {a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [a]}}").contains("dependency cycle detected: a -> b -> a"));
  }

  @Test
  void what_is_wrong_is_said_with_file_line_and_key() {
    assertTrue(refused("services:\n  a:\n    image: x\n    ports: 80\n").contains("compose.yaml:4:12: services.a.ports must be a list, and is \"80\""));
    assertTrue(refused("services:\n  a:\n    image: x\n    privileged: maybe\n").contains("services.a.privileged must be a boolean"));
    assertTrue(refused("services:\n  a: [x]\n").contains("compose.yaml:2:6: services.a must be a mapping, and is a list"));
    assertTrue(refused("services:\n  a: {image: x\n").contains("not YAML"));
    assertTrue(refused("services:\n  a: {image: x}\n  a: {image: y}\n").contains("compose.yaml:3:3: mapping key \"a\" already defined at line 2"));
    assertTrue(refused("services: {a: {hostname: h}}").contains("neither an image nor a build context"));
    assertTrue(refused("services: {a: {image: x, networks: [nosuch]}}").contains("refers to undefined network nosuch"));
    assertTrue(refused("services: {a: {image: x, volumes: [\"nosuch:/d\"]}}").contains("refers to undefined volume nosuch"));
    assertTrue(refused("services: {a: {image: x, depends_on: [nosuch]}}").contains("depends on undefined service \"nosuch\""));
    assertTrue(refused("services: {a: {image: x, ports: [\"1:99999\"]}}").contains("99999 is no port"));
    assertTrue(refused("services: {a: {image: x, container_name: n, scale: 2}}").contains("container name must be unique"));
    assertTrue(refused("services: {a: {image: x, mem_limit: much}}").contains("must be a size"));
    assertTrue(refused("services: {a: {image: x, env_file: nosuch}}").contains("not found"));
  }

  @Test
  void unknown_keys_are_warned_of_and_extensions_are_not() throws IOException {
    Project project = loaded("x-top: 1\nservices:\n  a:\n    image: x\n    imagee: y\n    x-own: 1\n");
    assertEquals(1, project.warnings().size());
    assertTrue(project.warnings().getFirst().endsWith("compose.yaml:5:5: services.a.imagee: unknown key, which is ignored"));
  }

  @Test
  void anchors_that_multiply_are_refused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) {
      bomb.append("a").append(i).append(": &a").append(i).append(" [").append(("*a" + (i - 1) + ", ").repeat(10)).append("]\n");
    }
    assertTrue(refused(bomb.toString()).contains("more than 200000 values"));
  }
}
