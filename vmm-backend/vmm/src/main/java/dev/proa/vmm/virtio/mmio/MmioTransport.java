package dev.proa.vmm.virtio.mmio;

import dev.proa.linux.Epoll;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.EventFd;
import dev.proa.linux.Fd;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.memory.GuestMemory;
import dev.proa.vmm.virtio.ActiveDevice;
import dev.proa.vmm.virtio.DeviceHandler;
import dev.proa.vmm.virtio.DeviceMetrics;
import dev.proa.vmm.virtio.DeviceWorker;
import dev.proa.vmm.virtio.Features;
import dev.proa.vmm.virtio.VirtioDevice;
import dev.proa.vmm.virtio.queue.VirtQueue;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The registers of one virtio device (version 2). It must be installed in three places: its page on the bus; {@link #notifiers} as ioeventfds for the
 * register {@link Registers#QUEUE_NOTIFY}; {@link #interrupt} as irqfd.
 *
 * <p>vCPU threads come in here, the device's thread asks for interrupts. What a driver does wrong is counted and has no effect.
 */
public final class MmioTransport implements AutoCloseable {
  private static final int MAGIC = 0x74726976; // "virt"
  private static final int VERSION = 2;
  private static final int VENDOR = 0x414f5250; // "PROA"
  private static final int STATUS_DRIVER_OK = 4;
  private static final int STATUS_FEATURES_OK = 8;
  private static final int STATUS_NEEDS_RESET = 64;
  private static final int STATUS_FAILED = 128;
  /** What may follow what (virtio 1.2, 3.1.1): each bit of a driver needs those before it. */
  private static final int[] STATUS_ORDER = {1, 2, STATUS_FEATURES_OK, STATUS_DRIVER_OK};

  private static final int INTERRUPT_QUEUE = 1;
  private static final int INTERRUPT_CONFIG = 2;
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final VirtioDevice device;
  private final GuestMemory memory;
  private final DeviceMetrics metrics;
  private final List<VirtQueue> queues;
  private final List<EventFd> notifiers;
  private final EventFd interrupt;
  // Under the lock of this object
  private int deviceFeaturesSelect;
  private int driverFeaturesSelect;
  private long driverFeatures;
  private int queueSelect;
  private int status;
  private boolean paused;
  private @Nullable DeviceWorker worker;
  // Without the lock: the device's thread comes here while a vCPU thread, which holds it, waits for the former's end
  private final AtomicInteger interruptStatus = new AtomicInteger();
  private volatile boolean needsReset;

  public MmioTransport(VirtioDevice device, GuestMemory memory) throws ErrnoException {
    this.device = device;
    this.memory = memory;
    this.metrics = new DeviceMetrics(device.name());
    this.queues = IntStream.of(device.queueSizes()).mapToObj(VirtQueue::new).toList();
    List<EventFd> made = new ArrayList<>();
    for (int i = 0; i < queues.size(); i++) {
      made.add(EventFd.create());
    }
    this.notifiers = List.copyOf(made);
    this.interrupt = EventFd.create();
  }

  public VirtioDevice device() {
    return device;
  }

  public DeviceMetrics metrics() {
    return metrics;
  }

  /** One for each queue. */
  public List<EventFd> notifiers() {
    return notifiers;
  }

  public EventFd interrupt() {
    return interrupt;
  }

  /** A load of 1 to 8 bytes. */
  public synchronized void read(long offset, MemorySegment data) {
    if (offset >= Registers.CONFIG) {
      byte[] config = device.config();
      for (int i = 0; i < data.byteSize(); i++) {
        long at = offset - Registers.CONFIG + i;
        data.set(ValueLayout.JAVA_BYTE, i, at < config.length ? config[(int) at] : 0);
      }
      return;
    }
    data.fill((byte) 0);
    if (data.byteSize() != 4) {
      metrics.error("a load of " + data.byteSize() + " bytes from the register 0x" + Long.toHexString(offset));
      return;
    }
    data.set(U32, 0, register((int) offset));
  }

  private int register(int offset) {
    return switch (offset) {
      case Registers.MAGIC_VALUE -> MAGIC;
      case Registers.VERSION -> VERSION;
      case Registers.DEVICE_ID -> device.type();
      case Registers.VENDOR_ID -> VENDOR;
      case Registers.DEVICE_FEATURES -> deviceFeaturesSelect >>> 1 != 0 ? 0 : (int) (offered() >>> 32 * deviceFeaturesSelect);
      case Registers.QUEUE_NUM_MAX -> selected() == null ? 0 : queues.get(queueSelect).maxSize();
      case Registers.QUEUE_READY -> selected() != null && queues.get(queueSelect).isReady() ? 1 : 0;
      case Registers.INTERRUPT_STATUS -> interruptStatus.get();
      case Registers.STATUS -> status | (needsReset ? STATUS_NEEDS_RESET : 0);
      case Registers.CONFIG_GENERATION -> 0; // no device here changes its configuration
      case Registers.SHM_LEN_LOW, Registers.SHM_LEN_HIGH, Registers.SHM_BASE_LOW, Registers.SHM_BASE_HIGH -> -1; // there is no shared memory
      default -> {
        metrics.error("a load from the register 0x" + Integer.toHexString(offset) + ", which is none");
        yield 0;
      }
    };
  }

  /** A store of 1 to 8 bytes. */
  public synchronized void write(long offset, MemorySegment data) {
    if (offset >= Registers.CONFIG) {
      metrics.error("a store to the configuration space, which is read-only");
      return;
    }
    if (data.byteSize() != 4) {
      metrics.error("a store of " + data.byteSize() + " bytes to the register 0x" + Long.toHexString(offset));
      return;
    }
    int value = data.get(U32, 0);
    switch ((int) offset) {
      case Registers.DEVICE_FEATURES_SEL -> deviceFeaturesSelect = value;
      case Registers.DRIVER_FEATURES_SEL -> driverFeaturesSelect = value;
      case Registers.DRIVER_FEATURES -> setDriverFeatures(value);
      case Registers.QUEUE_SEL -> queueSelect = value;
      case Registers.QUEUE_NOTIFY -> notified(value);
      case Registers.INTERRUPT_ACK -> interruptStatus.getAndUpdate(before -> before & ~value);
      case Registers.STATUS -> setStatus(value);
      case Registers.SHM_SEL -> {}
      default -> setQueueRegister((int) offset, value);
    }
  }

  private void setDriverFeatures(int value) {
    if ((status & STATUS_FEATURES_OK) != 0 || driverFeaturesSelect >>> 1 != 0) {
      if (value != 0) {
        metrics.error("features that come too late or are none");
      }
      return;
    }
    int shift = 32 * driverFeaturesSelect;
    driverFeatures = driverFeatures & ~(0xffffffffL << shift) | (value & 0xffffffffL) << shift;
  }

  private void setQueueRegister(int offset, int value) {
    VirtQueue queue = selected();
    // The rings belong to the device's thread from DRIVER_OK on.
    if (queue == null || (status & STATUS_DRIVER_OK) != 0 || (status & STATUS_FEATURES_OK) == 0) {
      metrics.error("a store to the register 0x" + Integer.toHexString(offset) + " when it is not legal");
      return;
    }
    long low = value & 0xffffffffL;
    switch (offset) {
      case Registers.QUEUE_NUM -> queue.setSize(value);
      case Registers.QUEUE_READY -> queue.setReady(value == 1);
      case Registers.QUEUE_DESC_LOW -> queue.setDescriptorTable(0xffffffffL, low);
      case Registers.QUEUE_DESC_HIGH -> queue.setDescriptorTable(~0xffffffffL, low << 32);
      case Registers.QUEUE_DRIVER_LOW -> queue.setDriverRing(0xffffffffL, low);
      case Registers.QUEUE_DRIVER_HIGH -> queue.setDriverRing(~0xffffffffL, low << 32);
      case Registers.QUEUE_DEVICE_LOW -> queue.setDeviceRing(0xffffffffL, low);
      case Registers.QUEUE_DEVICE_HIGH -> queue.setDeviceRing(~0xffffffffL, low << 32);
      default -> metrics.error("a store to the register 0x" + Integer.toHexString(offset) + ", which is none");
    }
  }

  /** What an ioeventfd does without an exit. */
  private void notified(int queue) {
    if (queue < 0 || queue >= notifiers.size()) {
      metrics.error("a notification of queue " + Integer.toUnsignedString(queue) + " of " + notifiers.size());
      return;
    }
    signal(notifiers.get(queue));
  }

  private void setStatus(int value) {
    if (value == 0) {
      reset();
      return;
    }
    int added = value & ~status;
    if ((status & ~value) != 0) { // bits are taken back by a reset only
      metrics.error("a status of 0x" + Integer.toHexString(value) + " after 0x" + Integer.toHexString(status));
      return;
    }
    for (int bit : STATUS_ORDER) {
      if ((status & bit) != 0) {
        continue;
      }
      if ((added & bit) == 0) {
        break;
      }
      if (bit == STATUS_FEATURES_OK && ((driverFeatures & ~offered()) != 0 || (driverFeatures & Features.VERSION_1) == 0)) {
        metrics.error("features 0x" + Long.toHexString(driverFeatures) + " where 0x" + Long.toHexString(offered()) + " are offered");
        return; // the bit stays away: the driver reads it back
      }
      status |= bit;
      if (bit == STATUS_DRIVER_OK) {
        activate(new byte[0]);
      }
    }
    status |= added & STATUS_FAILED;
    if ((value & ~status & ~STATUS_NEEDS_RESET) != 0) {
      metrics.error("a status of 0x" + Integer.toHexString(value) + " where 0x" + Integer.toHexString(status) + " was reached");
    }
  }

  private void activate(byte[] state) {
    Epoll epoll = null;
    try {
      boolean eventIdx = (driverFeatures & Features.EVENT_IDX) != 0;
      for (VirtQueue queue : queues) {
        if (queue.isReady()) {
          queue.activate(memory, eventIdx);
        }
      }
      epoll = Epoll.create();
      DeviceHandler handler = device.activate(new Active(epoll), state);
      worker = new DeviceWorker(device.name(), epoll, notifiers, handler, paused, this::needsReset);
    } catch (GuestFault | IOException e) {
      if (epoll != null) {
        epoll.close();
      }
      needsReset(String.valueOf(e.getMessage()));
    }
  }

  private void reset() {
    if (worker != null) {
      worker.close();
      worker = null;
    }
    for (int i = 0; i < queues.size(); i++) {
      queues.get(i).reset();
      try {
        notifiers.get(i).drain();
      } catch (ErrnoException e) {
        throw new IllegalStateException(e);
      }
    }
    status = 0;
    needsReset = false;
    driverFeatures = 0;
    deviceFeaturesSelect = 0;
    driverFeaturesSelect = 0;
    queueSelect = 0;
    interruptStatus.set(0);
  }

  private void needsReset(String why) {
    metrics.error(why);
    needsReset = true;
    interrupt(INTERRUPT_CONFIG);
  }

  private void interrupt(int why) {
    interruptStatus.getAndUpdate(before -> before | why);
    signal(interrupt);
  }

  private long offered() {
    return device.features() | Features.VERSION_1 | Features.EVENT_IDX;
  }

  private @Nullable VirtQueue selected() {
    return queueSelect >= 0 && queueSelect < queues.size() ? queues.get(queueSelect) : null;
  }

  private static void signal(EventFd event) {
    try {
      event.signal();
    } catch (ErrnoException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns when the device does not touch guest memory. */
  public synchronized void pause() {
    paused = true;
    if (worker != null) {
      worker.pause();
    }
  }

  public synchronized void resume() {
    paused = false;
    if (worker != null) {
      worker.resume();
    }
  }

  /** All that a driver has done to the device. */
  public record State(
      int type,
      int deviceFeaturesSelect,
      int driverFeaturesSelect,
      long driverFeatures,
      int queueSelect,
      int status,
      int interruptStatus,
      List<VirtQueue.State> queues,
      byte[] handler) {}

  /** Legal while paused. */
  public synchronized State save() throws IOException {
    return new State(
        device.type(),
        deviceFeaturesSelect,
        driverFeaturesSelect,
        driverFeatures,
        queueSelect,
        status | (needsReset ? STATUS_NEEDS_RESET : 0),
        interruptStatus.get(),
        queues.stream().map(VirtQueue::save).toList(),
        worker == null ? new byte[0] : worker.save());
  }

  /** Legal before any vCPU ran; the device is paused until {@link #resume}. What does not fit leaves a device that needs a reset. */
  public synchronized void restore(State state) throws IOException {
    if (state.type() != device.type() || state.queues().size() != queues.size()) {
      throw new IOException("the snapshot has a device of type " + state.type() + " with " + state.queues().size() + " queues where the configuration has " + device.name());
    }
    if ((state.driverFeatures() & ~offered()) != 0) {
      throw new IOException(
          "the snapshot's driver of " + device.name() + " uses features 0x" + Long.toHexString(state.driverFeatures() & ~offered()) + " that the device does not have now");
    }
    paused = true;
    deviceFeaturesSelect = state.deviceFeaturesSelect();
    driverFeaturesSelect = state.driverFeaturesSelect();
    driverFeatures = state.driverFeatures();
    queueSelect = state.queueSelect();
    status = state.status() & ~STATUS_NEEDS_RESET;
    needsReset = (state.status() & STATUS_NEEDS_RESET) != 0;
    interruptStatus.set(state.interruptStatus() & (INTERRUPT_QUEUE | INTERRUPT_CONFIG));
    for (int i = 0; i < queues.size(); i++) {
      queues.get(i).restore(state.queues().get(i));
    }
    if ((status & STATUS_DRIVER_OK) != 0 && !needsReset) {
      activate(state.handler());
      // what was on its way when the snapshot was taken: looking once more than needed does no harm
      notifiers.forEach(MmioTransport::signal);
      signal(interrupt);
    }
  }

  @Override
  public void close() {
    DeviceWorker active;
    synchronized (this) {
      active = worker;
      worker = null;
    }
    if (active != null) {
      active.close();
    }
    device.close();
    Fd.closeAll(notifiers);
    interrupt.close();
  }

  private final class Active implements ActiveDevice {
    private final Epoll epoll;
    private final long features = driverFeatures;

    Active(Epoll epoll) {
      this.epoll = epoll;
    }

    @Override
    public GuestMemory memory() {
      return memory;
    }

    @Override
    public List<VirtQueue> queues() {
      return queues;
    }

    @Override
    public long features() {
      return features;
    }

    @Override
    public DeviceMetrics metrics() {
      return metrics;
    }

    @Override
    public void interrupt(VirtQueue queue) {
      if (queue.interruptWanted()) {
        MmioTransport.this.interrupt(INTERRUPT_QUEUE);
      }
    }

    @Override
    public void watch(Fd fd, int events, long token) throws ErrnoException {
      epoll.add(fd, events, token);
    }

    @Override
    public void rewatch(Fd fd, int events, long token) throws ErrnoException {
      epoll.modify(fd, events, token);
    }

    @Override
    public void unwatch(Fd fd) throws ErrnoException {
      epoll.remove(fd);
    }
  }
}
