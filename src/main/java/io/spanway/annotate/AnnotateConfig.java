// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.spanway.units.DataSize;

/**
 * The configuration's block {@code annotate}.
 *
 * @param maxBuffered how much of an answer may be held back to annotate it: one entry where Loki
 *     keeps categories apart, one element of {@code result} where it folds them. What is larger
 *     passes unannotated. Default 8 MiB
 */
public record AnnotateConfig(DataSize maxBuffered) {
  /** What holds when the file says nothing. */
  public static final AnnotateConfig DEFAULT = new AnnotateConfig(DataSize.mib(8));
}
