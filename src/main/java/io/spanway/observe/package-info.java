// SPDX-License-Identifier: Apache-2.0
/** Shows operators what happens: metrics, the access log and traces of our own. */
@NullMarked
package io.spanway.observe;

import org.jspecify.annotations.NullMarked;
