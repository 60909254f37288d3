# Sourced by bin/proad, bin/proa and the scripts of the source tree: sets $java_home to a JDK 25 or newer, or ends with one sentence.
# Shell built-ins only: every process forked here is paid at each `proa ps`.

# jdk_is_new_enough HOME: reads the release file that every JDK has
jdk_is_new_enough() {
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 1
  while IFS='=' read -r key value; do
    if [ "$key" = JAVA_VERSION ]; then
      value=${value#\"}
      value=${value%%[!0-9]*}
      [ "${value:-0}" -ge 25 ]
      return
    fi
  done <"$1/release"
  return 1
}

find_java() {
  if [ -n "${PROA_JAVA_HOME:-}" ]; then
    java_home=$PROA_JAVA_HOME
    jdk_is_new_enough "$java_home" && return
    echo "PROA_JAVA_HOME=$PROA_JAVA_HOME is not a JDK 25 or newer" >&2
    exit 1
  fi
  java_home=${JAVA_HOME:-}
  [ -n "$java_home" ] && jdk_is_new_enough "$java_home" && return
  for java_home in /usr/lib/jvm/*; do
    jdk_is_new_enough "$java_home" && return
  done
  if java_home=$(command -v java) && java_home=$(readlink -f "$java_home"); then
    java_home=${java_home%/bin/java}
    jdk_is_new_enough "$java_home" && return
  fi
  echo "Proa needs a JDK 25 or newer: none in PROA_JAVA_HOME, JAVA_HOME, /usr/lib/jvm or PATH. install one (apt-get install openjdk-25-jdk-headless where the distribution has it, else unpack a JDK 25 such as Temurin into /usr/lib/jvm)" >&2
  exit 1
}
