// SPDX-License-Identifier: Apache-2.0
/**
 * Gathers the configuration records of all features, reads them from the file, and says where the
 * file is wrong.
 */
@NullMarked
package io.spanway.config;

import org.jspecify.annotations.NullMarked;
