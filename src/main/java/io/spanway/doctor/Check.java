// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import java.util.List;

/** Looks at one thing. */
interface Check {
  List<CheckResult> run(Examination examination) throws InterruptedException;
}
