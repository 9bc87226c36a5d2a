// SPDX-License-Identifier: Apache-2.0
/**
 * Sizes, durations, ratios and secrets as people write them in the configuration, and what looking
 * at them needs: near names, keys of certificates.
 */
@NullMarked
package io.spanway.units;

import org.jspecify.annotations.NullMarked;
