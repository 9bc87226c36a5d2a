// SPDX-License-Identifier: Apache-2.0
/**
 * Who calls, and in whose name Spanway asks upstream: tenants, credentials and the policy about
 * them.
 */
@NullMarked
package io.spanway.identity;

import org.jspecify.annotations.NullMarked;
