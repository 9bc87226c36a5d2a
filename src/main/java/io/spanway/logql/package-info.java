// SPDX-License-Identifier: Apache-2.0
/**
 * Loki's query language as far as Spanway reads it: tokens, stream selectors, pipeline stages, and
 * how to write them back.
 */
@NullMarked
package io.spanway.logql;

import org.jspecify.annotations.NullMarked;
