# Sourced by quickstart, test and proa-dev, which run from anywhere: $top is the source tree, given by those that lie deeper in it.
top=${top:-$(cd "$(dirname "$0")" && pwd)}
tree=$top/framework/distribution/target/proa
. "$top/framework/distribution/src/tree/lib/find-java.sh"

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# need_packages COMMAND:PACKAGE…: asks apt for the packages whose commands are missing, and for nothing else
need_packages() {
  missing=
  for pair; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
  done
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null 2>&1 || die "missing:$missing; install them with the package manager of this system (their names are Debian's)"
  [ "$(id -u)" = 0 ] || die "missing:$missing; run as root, or install them first: apt-get install$missing"
  say "installing$missing"
  log=$(mktemp)
  # shellcheck disable=SC2086
  if ! apt_install $missing >"$log" 2>&1; then
    # an index older than the archive names files that are gone
    { apt-get update && apt_install $missing; } >"$log" 2>&1 || { cat "$log" >&2; die "apt-get could not install:$missing"; }
  fi
  rm -f "$log"
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# maven ARGUMENT…: with the JDK that was found, whatever JDK the mvn command would take by itself
maven() {
  (
    cd "$top" || exit 1
    export JAVA_HOME="$java_home"
    # Maven 3.8's own libraries use sun.misc.Unsafe, and a JDK 24 or newer says so at each run
    MAVEN_OPTS="${MAVEN_OPTS:-} --sun-misc-unsafe-memory-access=allow"
    export MAVEN_OPTS
    commit=$(git rev-parse --short=12 HEAD 2>/dev/null) || commit=unknown
    mvn -B -ntp -Dproa.git.commit="$commit" "$@"
  )
}

# sources_newer_than FILE: whether anything the build reads is newer than the file
sources_newer_than() {
  [ -e "$1" ] || return 0
  [ -n "$(find "$top" \( -name target -o -name .git -o -name .run -o -name e2e -o -name docs \) -prune -o -type f \
    \( -name '*.java' -o -name '*.xml' -o -name '*.bnd' -o -path '*/src/*' \) -newer "$1" -print -quit)" ]
}

# build: the runnable tree, unless it is newer than its sources
build() {
  stamp=$top/framework/distribution/target/built
  if sources_newer_than "$stamp" || [ ! -x "$tree/bin/proad" ]; then
    say "building (the first time takes some minutes, because Maven fetches what it needs)"
    log=$top/framework/distribution/target/build.log
    mkdir -p "${log%/*}"
    # taken before: what changes while the build runs is newer than it
    touch "$stamp.next"
    maven -q -DskipTests -pl framework/distribution,vmm-backend/vmm -am package >"$log" 2>&1 || { tail -n 40 "$log" >&2; die "the build failed; all of it is in $log"; }
    mv "$stamp.next" "$stamp"
  fi
}
