// SPDX-License-Identifier: Apache-2.0
/** The reasons for what Spanway does, and for what it does not find, in words. */
@NullMarked
package io.spanway.explain;

import org.jspecify.annotations.NullMarked;
