// SPDX-License-Identifier: Apache-2.0
/** The plan for a request and the reasons for it, as a report for people and programs. */
@NullMarked
package io.spanway.explain;

import org.jspecify.annotations.NullMarked;
