/*
 * Stands in for Testcontainers' Ryuk: listens on port 8080, reads lines of filters ("label=KEY%3DVALUE&label=..."), answers each with "ACK", and once
 * the last client has gone removes the containers that match them, over the engine's socket at /var/run/docker.sock. Then it ends.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char answer[1 << 20];

/* One request; its whole answer is in `answer`. */
static int ask(const char *method, const char *path) {
  struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/var/run/docker.sock"};
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  if (s < 0 || connect(s, (struct sockaddr *)&a, sizeof a) != 0) {
    perror("/var/run/docker.sock");
    exit(1);
  }
  dprintf(s, "%s %s HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n", method, path);
  size_t n = 0;
  for (ssize_t r; n < sizeof answer - 1 && (r = read(s, answer + n, sizeof answer - 1 - n)) > 0; n += (size_t)r)
    ;
  answer[n] = 0;
  close(s);
  return n > 12 ? atoi(answer + 9) : 0;
}

/* "label=a%3Db&label=c%3Dd" as the value of a parameter: {"label":["a=b","c=d"]}, percent-encoded. */
static void as_filters(const char *line, char *out, size_t size) {
  size_t n = (size_t)snprintf(out, size, "%%7B%%22label%%22%%3A%%5B");
  const char *comma = "";
  while (*line && n < size - 64) {
    size_t length = strcspn(line, "&\r\n");
    if (length > 6 && strncmp(line, "label=", 6) == 0) {
      n += (size_t)snprintf(out + n, size - n, "%s%%22%.*s%%22", comma, (int)length - 6, line + 6);
      comma = "%2C";
    }
    line += length;
    line += strspn(line, "&\r\n");
  }
  snprintf(out + n, size - n, "%%5D%%7D");
}

static void reap(const char *line) {
  static char filters[8192], path[9000], list[sizeof answer];
  as_filters(line, filters, sizeof filters);
  snprintf(path, sizeof path, "/containers/json?all=1&filters=%s", filters);
  if (ask("GET", path) != 200) {
    printf("cannot list: %s\n", answer);
    return;
  }
  memcpy(list, answer, sizeof list);
  for (const char *at = list; (at = strstr(at, "\"Id\":\"")) != NULL; at += 6) {
    snprintf(path, sizeof path, "/containers/%.64s?force=1&v=1", at + 6);
    printf("remove %.12s: %d\n", at + 6, ask("DELETE", path));
  }
  snprintf(path, sizeof path, "/networks/prune?filters=%s", filters);
  printf("networks: %d\n", ask("POST", path));
  snprintf(path, sizeof path, "/volumes/prune?filters=%s", filters);
  printf("volumes: %d\n", ask("POST", path));
}

int main(void) {
  static char lines[64][4096];
  size_t known = 0;
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(8080)};
  int s = socket(AF_INET, SOCK_STREAM, 0);
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (s < 0 || bind(s, (struct sockaddr *)&any, sizeof any) != 0 || listen(s, 8) != 0) {
    perror("port 8080");
    return 1;
  }
  printf("Started on 8080\n");
  /* One client, as Testcontainers is; what only connects to see whether the port is open says nothing. */
  while (known == 0) {
    FILE *client = fdopen(accept(s, NULL, NULL), "r+");
    if (client == NULL) {
      return 1;
    }
    while (known < 64 && fgets(lines[known], sizeof lines[known], client) != NULL) {
      known++;
      fputs("ACK\n", client);
      fflush(client);
    }
    fclose(client);
  }
  printf("the client is gone\n");
  for (size_t i = 0; i < known; i++) {
    reap(lines[i]);
  }
  return 0;
}
