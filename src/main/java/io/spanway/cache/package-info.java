// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps answers for those who may see them again, decides how fresh they are, and joins requests
 * for the same one.
 */
@NullMarked
package io.spanway.cache;

import org.jspecify.annotations.NullMarked;
