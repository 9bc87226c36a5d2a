// SPDX-License-Identifier: Apache-2.0
/**
 * Carries out the plan of a request: relays, reads through the cache, and leads from spans to logs.
 */
@NullMarked
package io.spanway.proxy;

import org.jspecify.annotations.NullMarked;
