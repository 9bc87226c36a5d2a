// SPDX-License-Identifier: Apache-2.0
/**
 * Leads from a span to its logs: tag mappings, shifted times and templates become a query in Loki's
 * language.
 */
@NullMarked
package io.spanway.correlate;

import org.jspecify.annotations.NullMarked;
