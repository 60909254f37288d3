package dev.proa.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The directions that docs/architecture.md promises. */
final class ArchitectureTest {
  private static final String[] DRIVERS = {"dev.proa.namespace..", "dev.proa.storage..", "dev.proa.network..", "dev.proa.registry..", "dev.proa.scan.."};

  private static final String[] STORAGE_DRIVERS = {"dev.proa.storage.erofs..", "dev.proa.storage.overlay..", "dev.proa.storage.vfs.."};

  private static JavaClasses proa;

  @BeforeAll
  static void readClasses() {
    proa = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.proa");
    assertThat(proa).as("the rules below would hold for no classes as well").hasSizeGreaterThan(100);
  }

  @Test
  void theSpiKnowsNothingButTheJdk() {
    noClasses()
        .that()
        .resideInAPackage("dev.proa.spi..")
        .should()
        .dependOnClassesThat(outside("dev.proa.spi..", "java..", "org.osgi.annotation..", "org.jspecify.."))
        .check(proa);
  }

  @Test
  void linuxKnowsNothingButTheJdk() {
    noClasses()
        .that()
        .resideInAPackage("dev.proa.linux..")
        .should()
        .dependOnClassesThat(outside("dev.proa.linux..", "java..", "org.osgi.annotation..", "org.jspecify.."))
        .check(proa);
  }

  @Test
  void driversKnowOnlyTheSpiLinuxAndSpawn() {
    for (String driver : DRIVERS) {
      noClasses()
          .that()
          .resideInAPackage(driver)
          .should()
          .dependOnClassesThat(
              DescribedPredicate.and(
                  inside("dev.proa.."), outside(driver, "dev.proa.spi..", "dev.proa.linux..", "dev.proa.spawn..")))
          .check(proa);
    }
  }

  /** What they share is dev.proa.storage.layers, which comes inside each of them. */
  @Test
  void storageDriversDoNotKnowEachOther() {
    for (String driver : STORAGE_DRIVERS) {
      noClasses()
          .that()
          .resideInAPackage(driver)
          .should()
          .dependOnClassesThat(DescribedPredicate.and(inside("dev.proa.storage.."), outside(driver, "dev.proa.storage.layers..")))
          .check(proa);
    }
    noClasses()
        .that()
        .resideInAPackage("dev.proa.storage.layers..")
        .should()
        .dependOnClassesThat(DescribedPredicate.and(inside("dev.proa.storage.."), outside("dev.proa.storage.layers..")))
        .check(proa);
  }

  /** It plans for its guests as the other hull does for the host, and has a copy of that in itself. */
  @Test
  void theMicroVmBackendKnowsThePlannerAndTheVmmsProtocol() {
    noClasses()
        .that()
        .resideInAPackage("dev.proa.microvm..")
        .should()
        .dependOnClassesThat(
            DescribedPredicate.and(
                inside("dev.proa.."),
                outside(
                    "dev.proa.microvm..", "dev.proa.namespace..", "dev.proa.vmm.control..", "dev.proa.spi..", "dev.proa.linux..", "dev.proa.spawn..")))
        .check(proa);
    noClasses().that().resideOutsideOfPackage("dev.proa.microvm..").should().dependOnClassesThat().resideInAPackage("dev.proa.microvm..").check(proa);
  }

  @Test
  void theEngineKnowsNoDriver() {
    noClasses()
        .that(outside(DRIVERS))
        .and()
        // The command line of one driver, which has a process and a class path of its own (proa oci).
        .resideOutsideOfPackages("dev.proa.cli.oci..", "dev.proa.microvm..")
        .should()
        .dependOnClassesThat(inside(DRIVERS))
        .check(proa);
  }

  @Test
  void nothingKnowsTheApi() {
    noClasses()
        .that(outside("dev.proa.api.."))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.proa.api..")
        .check(proa);
  }

  @Test
  void imagesStoreAndPluginsKnowNothingOfLifecycle() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.proa.images..", "dev.proa.store..", "dev.proa.plugins..", "dev.proa.spawn..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.proa.lifecycle..")
        .check(proa);
  }

  @Test
  void theShimIsSmall() {
    noClasses()
        .that()
        .resideInAPackage("dev.proa.shim..")
        .should()
        .dependOnClassesThat(outside("dev.proa.shim..", "dev.proa.linux..", "dev.proa.spawn..", "java..", "org.osgi.annotation..", "org.jspecify.."))
        .check(proa);
  }

  @Test
  void theVmmIsSmall() {
    noClasses()
        .that()
        .resideInAPackage("dev.proa.vmm..")
        .should()
        .dependOnClassesThat(outside("dev.proa.vmm..", "dev.proa.linux..", "java..", "org.osgi.annotation..", "org.jspecify.."))
        .check(proa);
  }

  @Test
  void packagesOfTheEngineHaveNoCycles() {
    slices().matching("dev.proa.(*)..").should().beFreeOfCycles().check(proa);
  }

  @Test
  void nobodyNamesAClassHelperManagerUtilOrImpl() {
    classes()
        .that()
        .resideInAPackage("dev.proa..")
        .should()
        .haveNameNotMatching(".*(Helper|Manager|Utils?|Impl)")
        .check(proa);
  }

  private static DescribedPredicate<JavaClass> inside(String... packages) {
    return JavaClass.Predicates.resideInAnyPackage(packages);
  }

  private static DescribedPredicate<JavaClass> outside(String... packages) {
    return DescribedPredicate.not(inside(packages));
  }
}
