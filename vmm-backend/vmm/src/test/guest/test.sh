# Runs in the guest, as the only script of its initramfs. What the host asks for is on the kernel's command line: proa.test=NAME,NAME…
busybox --install -s /bin
export PATH=/bin
say() { echo "TEST $*" > /dev/ttyS0; }
names=$(sed -n 's/.*proa\.test=\([^ ]*\).*/\1/p' /proc/cmdline)
for name in $(echo "$names" | tr , ' '); do
  case $name in
    cpus) say "cpus $(grep -c ^processor /proc/cpuinfo)" ;;
    memory) say "memory $(sed -n 's/MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)" ;;
    hello) say "hello" ;;
  esac
done
say end
poweroff -f
