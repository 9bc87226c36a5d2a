// SPDX-License-Identifier: Apache-2.0

/**
 * Reads and writes LogQL, Loki's query language.
 *
 * <p>Starting points: {@link io.spanway.logql.LogqlParser} reads a query and says where its parts
 * stand, {@link io.spanway.logql.LogqlWriter} writes literals, matchers and selectors. The grammar
 * is that of grafana/loki:pkg/logql/syntax; a text that this package refuses is not necessarily
 * wrong, so a caller that only forwards queries passes it on unchanged.
 */
@NullMarked
package io.spanway.logql;

import org.jspecify.annotations.NullMarked;
