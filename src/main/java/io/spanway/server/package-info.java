// SPDX-License-Identifier: Apache-2.0
/** Accepts connections and turns what arrives on them into exchanges for a request handler. */
@NullMarked
package io.spanway.server;

import org.jspecify.annotations.NullMarked;
