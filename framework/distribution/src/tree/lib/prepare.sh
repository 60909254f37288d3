#!/bin/sh
# proad --prepare: makes the start-up caches lib/aot/*.aot of this installation, unless they are newer than its jars.
#
# They are made here and not when the archive is built, because the JVM takes a cache only if it was made by the very same build of the
# JVM from the very same jars; it ignores any other, so that a stale one costs time and nothing else.
home=$1
force=${2:-}
. "$home/lib/find-java.sh"
find_java

newest=$home/lib/aot/made-by
current() {
  [ -f "$newest" ] && [ -f "$home/lib/aot/proad.aot" ] && [ -f "$home/lib/aot/proa.aot" ] || return 1
  [ "$(cat "$newest")" = "$java_home" ] || return 1
  [ -z "$(find "$home/lib" "$home/bundles" "$home/plugins" "$home/bin" -type f ! -path '*/aot/*' -newer "$newest" -print -quit)" ]
}
[ "$force" != --force ] && current && exit 0

mkdir -p "$home/lib/aot" || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/proa-prepare.XXXXXX") || exit 1
trap 'rm -rf "$work" "$home"/lib/aot/*.new "$home"/lib/aot/*.new.config' EXIT

# one NAME COMMAND…: records the command's run, and puts the cache in place once it is whole
one() {
  name=$1
  shift
  if ! PROA_AOT_TRAINING=$home/lib/aot/$name.aot.new "$@" >"$work/log" 2>&1 || [ ! -s "$home/lib/aot/$name.aot.new" ]; then
    echo "cannot make $home/lib/aot/$name.aot:" >&2
    grep -v 'warning\]\[\|^Picked up\|AOTConfiguration' "$work/log" | tail -n 20 >&2
    return 1
  fi
  mv "$home/lib/aot/$name.aot.new" "$home/lib/aot/$name.aot"
}

one proa "$home/bin/proa" --train || exit 1
one proad "$home/bin/proad" --train --data-root "$work/d" --exec-root "$work/e" || exit 1
echo "$java_home" >"$newest"
