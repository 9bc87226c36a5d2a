// SPDX-License-Identifier: Apache-2.0
/** Decides, as a pure function of request and configuration, what is to be done for a request. */
@NullMarked
package io.spanway.plan;

import org.jspecify.annotations.NullMarked;
