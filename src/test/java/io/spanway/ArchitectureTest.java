// SPDX-License-Identifier: Apache-2.0
package io.spanway;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One direction of flow between the packages, and the few things that nobody may do. */
class ArchitectureTest {
  private static final JavaClasses GATEWAY =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.spanway");

  /** Which packages each may use. A package uses only packages of the lines above its own. */
  private static final Map<String, Set<String>> MAY_USE =
      table(
          """
          units     :
          model     :
          logql     :
          http      : units
          otlp      : model
          streams   : model units
          correlate : model logql units
          identity  : http model units
          body      : http
          route     : http model units
          cache     : http model units logql route streams body identity
          server    : http body units
          annotate  : body model units logql streams
          upstream  : http body model units
          plan      : http model units route cache logql correlate annotate identity
          explain   : http model units route plan logql correlate
          demo      : http body model logql server streams units
          proxy     : http model units body route plan server upstream cache otlp correlate annotate \
                      streams identity explain
          observe   : units http model route server upstream cache annotate plan proxy
          config    : units server route cache annotate upstream correlate observe identity proxy
          doctor    : units http model config route plan server upstream cache otlp correlate \
                      annotate explain streams
          admin     : http body server config observe doctor
          app       : *
          cli       : *
          """);

  @Test
  void table_listsEveryPackage() {
    Set<String> packages =
        GATEWAY.stream()
            .map(JavaClass::getPackageName)
            .filter(p -> p.startsWith("io.spanway."))
            .map(p -> p.split("\\.", -1)[2])
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(MAY_USE.keySet()).containsAll(packages);
  }

  @Test
  void packages_areFreeOfCycles() {
    check(slices().matching("io.spanway.(*)..").should().beFreeOfCycles());
  }

  @TestFactory
  Stream<DynamicTest> packages_useOnlyWhatTheTableAllows() {
    return MAY_USE.entrySet().stream()
        .map(
            line ->
                dynamicTest(line.getKey(), () -> assertUsesOnly(line.getKey(), line.getValue())));
  }

  private static void assertUsesOnly(String user, Set<String> used) {
    var others = new TreeSet<>(MAY_USE.keySet());
    others.removeAll(used);
    others.remove(user);
    check(
        noClasses()
            .that()
            .resideInAPackage("io.spanway." + user + "..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                others.stream().map(o -> "io.spanway." + o + "..").toArray(String[]::new)));
  }

  @ParameterizedTest
  @CsvSource({
    "io.micrometer.., observe",
    "io.prometheus.., observe",
    "io.opentelemetry.api.., observe",
    "io.opentelemetry.sdk.., observe",
    "io.opentelemetry.context.., observe",
    "io.opentelemetry.exporter.., observe",
    "io.lettuce.., cache",
    "picocli.., cli",
    "com.google.protobuf.., otlp",
    "io.opentelemetry.proto.., otlp",
  })
  void library_isUsedByOnePackage(String library, String owner) {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.spanway." + owner + "..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(library));
  }

  @ParameterizedTest
  @ValueSource(strings = {"units", "model", "logql", "correlate", "plan"})
  void purePackage_knowsNoNetty(String pure) {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.spanway." + pure + "..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty.."));
  }

  @Test
  void patterns_areLinearTime() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.util.regex..")
            .because("one line can hold an event loop for minutes; RE2/J is linear"));
  }

  @Test
  void standardStreams_belongToTheCommandLine() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.spanway.cli..")
            .should()
            .accessField(System.class, "in")
            .orShould()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .callMethodWhere(
                describe("print a stack trace", c -> c.getName().equals("printStackTrace"))));
  }

  @Test
  void nobody_sleeps() {
    check(
        noClasses()
            .should()
            .callMethodWhere(
                JavaCall.Predicates.target(owner(are(name(Thread.class.getName()))))
                    .and(JavaCall.Predicates.target(name("sleep")))));
  }

  @Test
  void onlyStartUp_waitsForFutures() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("io.spanway.app..", "io.spanway.cli..")
            .should()
            .callMethod(CompletableFuture.class, "join"));
  }

  @Test
  void time_isInjected() {
    check(noClasses().should().callMethod(System.class, "currentTimeMillis"));
  }

  @Test
  void publicType_isUsedFromAnotherPackage() {
    check(
        classes()
            .that(are(publicTopLevel()))
            .and(are(DescribedPredicate.not(simpleName("package-info"))))
            .and(
                are(
                    DescribedPredicate.not(
                        resideInAPackage("io.spanway.cli").and(simpleName("Main")))))
            .should(beUsedFromAnotherPackage()));
  }

  private static DescribedPredicate<JavaClass> publicTopLevel() {
    return describe(
        "public and top-level",
        c -> c.getModifiers().contains(JavaModifier.PUBLIC) && c.isTopLevelClass());
  }

  private static ArchCondition<JavaClass> beUsedFromAnotherPackage() {
    return new ArchCondition<>("be used from another package") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        boolean used =
            type.getDirectDependenciesToSelf().stream()
                .anyMatch(d -> !d.getOriginClass().getPackageName().equals(type.getPackageName()));
        if (!used && !isHandedOut(type)) {
          events.add(
              SimpleConditionEvent.violated(
                  type, type.getName() + " is public, but only its own package uses it"));
        }
      }
    };
  }

  /** Whether the signature of a public method of its package shows {@code type} to others. */
  private static boolean isHandedOut(JavaClass type) {
    return type.getPackage().getClasses().stream()
        .filter(c -> c.getModifiers().contains(JavaModifier.PUBLIC) && !c.equals(type))
        .flatMap(c -> c.getCodeUnits().stream())
        .filter(m -> m.getModifiers().contains(JavaModifier.PUBLIC))
        .anyMatch(
            m -> m.getRawReturnType().equals(type) || m.getRawParameterTypes().contains(type));
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(GATEWAY);
  }

  /**
   * Reads lines of {@code package : the packages that it may use}; {@code *} is all those above.
   */
  private static Map<String, Set<String>> table(String text) {
    var mayUse = new LinkedHashMap<String, Set<String>>();
    for (String line : text.lines().toList()) {
      String[] columns = line.split(":", -1);
      var above = new LinkedHashSet<>(mayUse.keySet());
      var used =
          columns[1].strip().equals("*")
              ? above
              : Arrays.stream(columns[1].strip().split("\\s+", -1))
                  .filter(p -> !p.isEmpty())
                  .collect(Collectors.toCollection(HashSet::new));
      if (!above.containsAll(used)) {
        throw new IllegalArgumentException("uses a package that is not above it: " + line);
      }
      mayUse.put(columns[0].strip(), Set.copyOf(used));
    }
    return mayUse;
  }
}
