// SPDX-License-Identifier: Apache-2.0
/** Adds derived fields, such as links to traces, to Loki's answers while they stream past. */
@NullMarked
package io.spanway.annotate;

import org.jspecify.annotations.NullMarked;
