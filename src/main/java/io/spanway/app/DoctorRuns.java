// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.spanway.admin.DoctorPage;
import io.spanway.config.GatewayConfig;
import io.spanway.doctor.Doctor;
import io.spanway.doctor.DoctorReport;
import io.spanway.doctor.UpstreamAsker;
import java.time.InstantSource;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The doctor of a running gateway: one examination at a time, each on a thread of its own. */
final class DoctorRuns implements DoctorPage {
  private static final Logger LOG = LoggerFactory.getLogger(DoctorRuns.class);

  private final GatewayConfig config;
  private final UpstreamAsker asker;
  private final InstantSource clock;
  private final AtomicBoolean busy = new AtomicBoolean();

  DoctorRuns(GatewayConfig config, UpstreamAsker asker, InstantSource clock) {
    this.config = config;
    this.asker = asker;
    this.clock = clock;
  }

  @Override
  public boolean examine(boolean json, Consumer<String> then) {
    if (!busy.compareAndSet(false, true)) {
      return false;
    }
    Thread thread = new Thread(() -> run(json, then), "spanway-doctor");
    thread.setDaemon(true);
    thread.start();
    return true;
  }

  private void run(boolean json, Consumer<String> then) {
    String page = "the examination failed; the log says why\n";
    try {
      DoctorReport report = Doctor.examine(config, asker, clock);
      page = json ? report.json() : report.text();
    } catch (RuntimeException e) {
      LOG.warn("the examination failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      busy.set(false);
      tell(page, then);
    }
  }

  private static void tell(String page, Consumer<String> then) {
    try {
      then.accept(page);
    } catch (RejectedExecutionException e) {
      LOG.debug("the gateway stopped during an examination");
    }
  }
}
