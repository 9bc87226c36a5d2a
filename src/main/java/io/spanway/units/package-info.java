// SPDX-License-Identifier: Apache-2.0
/** Sizes, durations, ratios and secrets as people write them in the configuration. */
@NullMarked
package io.spanway.units;

import org.jspecify.annotations.NullMarked;
