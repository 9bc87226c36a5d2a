// SPDX-License-Identifier: Apache-2.0
/**
 * The identities that traces and logs have in common: trace and span ids, resources, tenants,
 * ranges of time.
 */
@NullMarked
package io.spanway.model;

import org.jspecify.annotations.NullMarked;
