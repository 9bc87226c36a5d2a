// SPDX-License-Identifier: Apache-2.0
/**
 * Derived fields: the trace ID of a log line, found as Grafana finds it and added to the line's
 * entry while the answer streams.
 *
 * <p>Start at {@link io.spanway.annotate.DerivedFieldSet}; {@link
 * io.spanway.annotate.LogStreamAnnotator} works on bytes.
 */
@NullMarked
package io.spanway.annotate;

import org.jspecify.annotations.NullMarked;
