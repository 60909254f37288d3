package dev.proa.lifecycle.internal.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserLookupTest {
  private static final String PASSWD = "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n7:x:70:70::/seven:\nbroken\n:::\nbig:x:99999999999:0::/:\n";
  private static final String GROUP = "root:x:0:\nwheel:x:10:root,user\nstaff:x:50:user\nuser:x:1000:\n";

  private static UserLookup.User lookUp(String user, String... groups) {
    return UserLookup.lookUp(PASSWD, GROUP, user, List.of(groups));
  }

  @Test
  void nobodySaidMeansRootWithItsGroups() {
    assertThat(lookUp("")).isEqualTo(new UserLookup.User(0, 0, List.of(0, 10), "/root"));
  }

  @Test
  void aNameHasItsGroups() {
    assertThat(lookUp("user")).isEqualTo(new UserLookup.User(1000, 1000, List.of(1000, 10, 50), "/home/user"));
    assertThat(lookUp("1000")).isEqualTo(lookUp("user"));
  }

  @Test
  void aNameOfDigitsIsANameFirst() {
    assertThat(lookUp("7").uid()).isEqualTo(70);
  }

  @Test
  void anUnknownNumberIsTakenAsItIs() {
    assertThat(lookUp("4242")).isEqualTo(new UserLookup.User(4242, 0, List.of(0), "/"));
    assertThat(lookUp("4242:staff", "wheel", "77")).isEqualTo(new UserLookup.User(4242, 50, List.of(50, 10, 77), "/"));
  }

  @Test
  void whatIsNotThereIsRefusedInDockersWords() {
    assertThatThrownBy(() -> lookUp("nosuch")).hasMessage("unable to find user nosuch: no matching entries in passwd file");
    assertThatThrownBy(() -> lookUp("user:nosuch")).hasMessage("unable to find group nosuch: no matching entries in group file");
    assertThatThrownBy(() -> lookUp("", "nosuch")).hasMessage("unable to find group nosuch: no matching entries in group file");
    assertThatThrownBy(() -> lookUp("99999999999")).hasMessageContaining("uids and gids must be in range");
  }

  @Test
  void linksStayBelowTheRootAndOtherFilesAreNotRead(@TempDir Path root) throws Exception {
    Path etc = Files.createDirectories(root.resolve("etc"));
    Files.createSymbolicLink(etc.resolve("passwd"), Path.of("/real/passwd"));
    Files.createDirectories(root.resolve("real"));
    Files.writeString(root.resolve("real/passwd"), "inside:x:5:5::/inside:\n");
    Files.createSymbolicLink(etc.resolve("group"), Path.of("../../../../../../etc/group"));
    try (Fd fd = Fs.open(root.toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
      assertThat(UserLookup.lookUp(fd, "inside", List.of()).uid()).isEqualTo(5);
      assertThatThrownBy(() -> UserLookup.lookUp(fd, "root:adm", List.of())).hasMessageContaining("unable to find");
      Files.delete(etc.resolve("passwd"));
      Files.createDirectories(etc.resolve("passwd"));
      assertThatThrownBy(() -> UserLookup.lookUp(fd, "", List.of())).hasMessageContaining("is no plain file");
    }
  }
}
