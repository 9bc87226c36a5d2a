// SPDX-License-Identifier: Apache-2.0
/**
 * Wires the parts together, starts and stops them, and swaps them when the configuration changes.
 */
@NullMarked
package io.spanway.app;

import org.jspecify.annotations.NullMarked;
