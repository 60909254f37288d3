#!/bin/sh
# proad --prepare [--force]: makes the start-up caches of this installation, unless they are there.
#
# They are made here and not when the archive is built, because the JVM takes a cache only from the very same build of itself. That the jars are
# the same it does not check (it compares their paths), so the folder of a cache is named by what the jars hold: lib/aot/BUILD-ID.
home=$1
force=${2:-}
. "$home/lib/find-java.sh"
find_java

read -r build <"$home/lib/build-id" || exit 1
folder=$home/lib/aot/$build
made_by=
[ ! -f "$folder/made-by" ] || read -r made_by <"$folder/made-by"
[ "$force" != --force ] && [ "$made_by" = "$java_home" ] && exit 0

mkdir -p "$folder" || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/proa-prepare.XXXXXX") || exit 1
trap 'rm -rf "$work" "$folder"/*.new "$folder"/*.new.config' EXIT

# one NAME COMMAND…: records the command's run, and puts the cache in place once it is whole
one() {
  name=$1
  shift
  if ! PROA_AOT_TRAINING=$folder/$name.aot.new "$@" >"$work/log" 2>&1 || [ ! -s "$folder/$name.aot.new" ]; then
    echo "cannot make $folder/$name.aot:" >&2
    grep -v 'warning\]\[\|^Picked up\|AOTConfiguration\|AOTCache\|AOT cache' "$work/log" | tail -n 20 >&2
    return 1
  fi
  mv "$folder/$name.aot.new" "$folder/$name.aot"
}

one proa "$home/bin/proa" --train || exit 1
one proad "$home/bin/proad" --train --config-file "$home/conf/empty.json" --data-root "$work/d" --exec-root "$work/e" || exit 1
# As the microVM backend starts it, with the same options and class path: the JVM takes no cache of others.
vmm=
for jar in "$home"/lib/vmm/*.jar; do
  vmm=$vmm${vmm:+:}$jar
done
one vmm "$java_home/bin/java" "-XX:AOTCacheOutput=$folder/vmm.aot.new" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx96m -Xss512k -XX:-UsePerfData \
  -XX:+DisableAttachMechanism --enable-native-access=ALL-UNNAMED -Djava.io.tmpdir=/tmp -cp "$vmm" dev.proa.vmm.Main --train || exit 1
echo "$java_home" >"$folder/made-by"

# those of former builds; a daemon that still runs from one keeps its open file
for old in "$home"/lib/aot/*; do
  [ "$old" = "$folder" ] || rm -rf "$old"
done
