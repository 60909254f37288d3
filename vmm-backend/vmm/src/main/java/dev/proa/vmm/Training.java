package dev.proa.vmm;

import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Socket;
import dev.proa.vmm.control.Command;
import dev.proa.vmm.control.VmmChannel;
import dev.proa.vmm.control.VmmClient;
import dev.proa.vmm.kvm.Kvm;
import java.io.IOException;
import java.util.List;
import java.util.jar.JarFile;

/**
 * What a start-up cache of the JVM is recorded of: a VMM that gets as far as it can without a guest. Every class is there afterwards, and the foreign
 * function calls of the control socket and of KVM, where there is one, have been linked.
 */
final class Training {
  static final String ARGUMENT = "--train";

  private static final int ANSWER_MILLIS = 10_000;

  private Training() {}

  static void run() throws IOException, ReflectiveOperationException {
    for (String jar : System.getProperty("java.class.path").split(":")) {
      load(jar);
    }
    Kvm kvm;
    try {
      kvm = Kvm.open();
    } catch (IOException e) {
      System.err.println("proa-vmm: the start-up cache is recorded without KVM: " + e.getMessage());
      return;
    }
    Sockets.SocketPair pair = Sockets.socketpair(Socket.SOCK_SEQPACKET);
    Thread.ofPlatform()
        .start(
            () -> {
              try (VmmClient backend = new VmmClient(pair.first(), event -> {})) {
                backend.call(new Command.GetStats(), ANSWER_MILLIS);
              } catch (IOException refused) {
                // As it is to be: there is no microVM.
              }
            });
    Main.serve(new VmmChannel(pair.second()), kvm);
  }

  private static void load(String jar) throws IOException, ReflectiveOperationException {
    List<String> names;
    try (JarFile file = new JarFile(jar)) {
      names = file.stream().map(entry -> entry.getName()).filter(name -> name.endsWith(".class") && !name.endsWith("-info.class")).toList();
    }
    for (String name : names) {
      Class.forName(name.substring(0, name.length() - ".class".length()).replace('/', '.'), false, Training.class.getClassLoader());
    }
  }
}
