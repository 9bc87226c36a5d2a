// SPDX-License-Identifier: Apache-2.0
/** Answers on the management listener: metrics, health, configuration, cache and diagnosis. */
@NullMarked
package io.spanway.admin;

import org.jspecify.annotations.NullMarked;
