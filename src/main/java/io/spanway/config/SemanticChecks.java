// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.annotate.AnnotateConfigException;
import io.spanway.annotate.AnnotateProblem;
import io.spanway.annotate.DerivedFieldSet;
import io.spanway.config.ConfigNode.Entry;
import io.spanway.config.ConfigNode.Mapping;
import io.spanway.correlate.CorrelateConfigException;
import io.spanway.correlate.CorrelateConfigException.Finding;
import io.spanway.correlate.Correlator;
import io.spanway.identity.AuthConfig;
import io.spanway.identity.Caller;
import io.spanway.server.ServerListener;
import io.spanway.server.ServerTls;
import io.spanway.server.TlsConfig;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compiles what is compiled at the start, so that a file that loads is a file that runs, and finds
 * the places of what the features complain about.
 */
final class SemanticChecks {
  private static final String V1 = "tracesToLogs";
  private static final String V2 = "tracesToLogsV2";

  private final ConfigNode root;
  private final Problems problems;

  SemanticChecks(ConfigNode root, Problems problems) {
    this.root = root;
    this.problems = problems;
  }

  void check(GatewayConfig config) {
    check("loki.tls.", config.loki().tls()::check);
    check("tempo.tls.", config.tempo().tls()::check);
    check("cache.redis.tls.", config.cache().redis().tls()::check);
    check("identity.auth.", config.identity().auth()::check);
    checkCallers(config);
    try {
      for (Finding warning : Correlator.compile(config.tracesToLogsV2()).warnings()) {
        warning(warning.path(), warning.message());
      }
    } catch (CorrelateConfigException e) {
      e.problems().forEach(problem -> error(problem.path(), problem.message()));
      e.warnings().forEach(warning -> warning(warning.path(), warning.message()));
    }
    if (config.server().tls().isOn()) {
      try {
        ServerTls.load(config.server().tls(), ServerListener.NONE);
      } catch (IOException e) {
        String text = String.valueOf(e.getMessage());
        int colon = text.indexOf(": ");
        error(text.substring(0, Math.max(0, colon)), text.substring(colon < 0 ? 0 : colon + 2));
      }
    }
    try {
      var fields =
          DerivedFieldSet.compile(
              config.derivedFields(), config.grafana().url(), config.annotate());
      for (AnnotateProblem warning : fields.warnings()) {
        warning(warning.key(), warning.message());
      }
    } catch (AnnotateConfigException e) {
      e.problems().forEach(problem -> error(problem.key(), problem.message()));
    }
  }

  private void checkCallers(GatewayConfig config) {
    AuthConfig auth = config.identity().auth();
    if (auth.method() == AuthConfig.Method.MTLS
        && config.server().tls().clientAuth() == TlsConfig.ClientAuth.NONE) {
      error(
          "identity.auth.method",
          "was mtls (expected: another, or server.tls with clientCaFile and clientAuth: no client"
              + " is asked for a certificate)");
    }
    Set<String> classes = config.limits().classes().keySet();
    for (int i = 0; i < auth.callers().size(); i++) {
      String named = auth.callers().get(i).rateClass();
      if (named != null && !named.equals(Caller.DEFAULT_CLASS) && !classes.contains(named)) {
        error(
            "identity.auth.callers[" + i + "].rateClass",
            "was " + named + " (expected: a name in limits.classes, or default)");
      }
    }
  }

  /** A file that {@code check-config} finds good is one that the start can use. */
  private void check(String keys, Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      String text = String.valueOf(e.getMessage());
      int colon = text.indexOf(": ");
      error(keys + text.substring(0, colon), text.substring(colon + 2));
    }
  }

  private void error(String key, String message) {
    problems.error(ConfigPaths.find(root, key, Place.START), asWritten(key), message);
  }

  private void warning(String key, String message) {
    problems.warning(ConfigPaths.find(root, key, Place.START), asWritten(key), message);
  }

  /** Returns the key as the file has it, where it is in Grafana's older block. */
  private String asWritten(String key) {
    return key.startsWith(V2) && V1.equals(pathOfBlock()) ? V1 + key.substring(V2.length()) : key;
  }

  private @Nullable String pathOfBlock() {
    Entry entry = root instanceof Mapping mapping ? mapping.entries().get(V2) : null;
    return entry == null ? null : entry.value().path();
  }
}
