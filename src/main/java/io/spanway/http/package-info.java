// SPDX-License-Identifier: Apache-2.0
/**
 * HTTP heads, targets, parameters and headers as values, with the rules of the RFCs that a gateway
 * has to follow.
 */
@NullMarked
package io.spanway.http;

import org.jspecify.annotations.NullMarked;
