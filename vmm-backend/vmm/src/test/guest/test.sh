# Runs in the guest, as the only script of its initramfs. What the host asks for is on the kernel's command line: proa.test=NAME,NAME…
busybox --install -s /bin
export PATH=/bin
say() { echo "TEST $*" > /dev/ttyS0; }
# check NAME COMMAND…: says whether it succeeds, and how not
check() {
  name=$1
  shift
  if "$@" > /out 2>&1; then say "$name ok"; else say "$name failed: $(head -c 300 /out)"; fi
}
names=$(sed -n 's/.*proa\.test=\([^ ]*\).*/\1/p' /proc/cmdline)

block() {
  # a: read-only with a pattern in every sector, b: writable
  [ "$(cat /sys/block/vda/ro) $(cat /sys/block/vdb/ro)" = "1 0" ] && [ "$(cat /sys/block/vda/serial)" = layer0 ] || return 1
  md5sum < /dev/vda
  [ "$(md5sum < /dev/vda | cut -c 1-32)" = "$(sed -n 's/.*proa\.md5=\([^ ]*\).*/\1/p' /proc/cmdline)" ] || return 2
  dd if=/dev/vda of=/dev/vdb bs=64k oflag=direct && sync && echo 3 > /proc/sys/vm/drop_caches && cmp /dev/vda /dev/vdb || return 3
  ! dd if=/dev/zero of=/dev/vda bs=512 count=1 oflag=direct 2> /dev/null
}

network() {
  ip link set lo up
  ip addr add 192.0.2.2/24 dev eth0 && ip link set eth0 up && [ "$(cat /sys/class/net/eth0/address)" = 02:00:00:00:00:02 ] || return 1
  # the host may still be making its end
  for i in 1 2 3 4 5 6 7 8 9 10; do ping -c 1 -W 5 192.0.2.1 && break; done
  ping -c 3 -s 1400 192.0.2.1 || return 2
  wget -q -O /big http://192.0.2.1:8080/big || return 3
  md5sum < /big
  [ "$(md5sum < /big | cut -c 1-32)" = "$(sed -n 's/.*proa\.md5=\([^ ]*\).*/\1/p' /proc/cmdline)" ]
}

fs() {
  mount -t virtiofs volume /mnt || return 1
  [ "$(cat /mnt/hello)" = "from the host" ] || return 2
  echo "from the guest" > /mnt/answer && mkdir /mnt/d && ln -s ../answer /mnt/d/link && ln /mnt/answer /mnt/d/hard && [ "$(cat /mnt/d/link)" = "from the guest" ] || return 3
  [ "$(stat -c %h /mnt/answer)" = 2 ] || return 4
  # files of other users, modes, times
  busybox chown 1234:5678 /mnt/d/hard && chmod 640 /mnt/d/hard && touch -d '2001-02-03 04:05:06' /mnt/answer && stat -c '%u %g %a %Y' /mnt/answer || return 5
  i=0
  while [ $i -lt 40 ]; do
    : > "/mnt/d/file-$i" || return 6
    i=$((i + 1))
  done
  [ "$(ls /mnt/d | wc -l)" = 42 ] || return 7
  rm /mnt/d/file-* && [ "$(ls -A /mnt/d | wc -l)" = 2 ] || return 8
  dd if=/dev/urandom of=/mnt/big bs=1M count=4 && cp /mnt/big /big && echo 3 > /proc/sys/vm/drop_caches && cmp /mnt/big /big || return 9
  mv /mnt/big /mnt/d/moved && [ ! -e /mnt/big ] && [ "$(stat -c %s /mnt/d/moved)" = 4194304 ] || return 10
  truncate -s 100 /mnt/d/moved && [ "$(stat -c %s /mnt/d/moved)" = 100 ] || return 11
  # what is not to be reached
  cat /mnt/out/passwd && return 12
  ln -s /etc/passwd /mnt/d/etc && cat /mnt/d/etc && return 13
  mkfifo /mnt/d/fifo && mknod /mnt/d/null c 1 3 && echo x > /mnt/d/null || return 14
  rm -r /mnt/d && umount /mnt || return 15
  mount -t virtiofs readonly /mnt && [ "$(cat /mnt/hello)" = "from the host" ] || return 16
  touch /mnt/no && return 17
  umount /mnt
}

layers() {
  # erofs below, a file system of the guest above
  mkdir /l /rw /merged && mount -t erofs /dev/vda /l && mount -t tmpfs rw /rw && mkdir /rw/u /rw/w || return 1
  mount -t overlay -o lowerdir=/l,upperdir=/rw/u,workdir=/rw/w overlay /merged && cat /merged/etc/name && echo changed > /merged/etc/name && [ "$(cat /l/etc/name)" = layer ]
}

for name in $(echo "$names" | tr , ' '); do
  case $name in
    cpus) say "cpus $(grep -c ^processor /proc/cpuinfo)" ;;
    memory) say "memory $(sed -n 's/MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)" ;;
    hello) say "hello $(cut -d " " -f 1 /proc/uptime)" ;;
    random) check random sh -c '[ "$(head -c 64 /dev/hwrng | wc -c)" = 64 ]' ;;
    block | network | fs | layers)
      $name > /out 2>&1
      status=$?
      if [ $status = 0 ]; then say "$name ok"; else say "$name failed at $status: $(tail -c 400 /out)"; fi
      ;;
    vsock) check vsock /init vsock ;;
    ready) /init 5 && say "ready" ;;
    ticks)
      # for a snapshot: counts, until the host has heard enough
      i=0
      /init 5
      while [ $i -lt 100000 ]; do
        i=$((i + 1))
        say "tick $i $(cut -d ' ' -f 1 /proc/uptime)"
        usleep 20000
      done
      ;;
    reboot) reboot -f ;;
    panic) echo c > /proc/sysrq-trigger ;;
  esac
done
say end
poweroff -f
